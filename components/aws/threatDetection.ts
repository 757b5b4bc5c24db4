import * as guardduty from "@pulumi/aws/guardduty";
import type * as cloudwatch from "@pulumi/aws/cloudwatch";
import type * as kms from "@pulumi/aws/kms";
import type * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";
import type { AlarmSubscriber } from "../alarmSubscribers.js";
import { createChildFactory, type Transform } from "../child.js";
import { buildTags, type RequiredTagsArgs } from "../requiredTags.js";
import { lookUpPlace } from "./accountPlace.js";
import { buildBucketPattern, buildTopicPattern } from "./evidencePatterns.js";
import {
  type AlarmRuleArgs,
  type AlarmRuleTransforms,
  type AlarmTopicTransforms,
  createAlarmRule,
  createAlarmTopic,
} from "./alarmTopic.js";

/** Of 1 to 10: medium and worse. docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html */
const DEFAULT_SEVERITY = 4;
const [LEAST_SEVERITY, MOST_SEVERITY] = [1, 10];

/** Calls that end or narrow what is recorded, found or told. */
const TAMPERING = [
  ...["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors"],
  ...["DeleteDetector", "UpdateDetector", "CreateFilter", "UpdateFilter"],
  ...["DeleteRule", "DisableRule", "RemoveTargets", "PutRule"],
];
const TAMPERED_SERVICES = ["cloudtrail.amazonaws.com", "guardduty.amazonaws.com", "events.amazonaws.com"];

/** What GuardDuty looks at beside its foundations, for which each is paid. */
export type DetectorFeature = "S3_DATA_EVENTS" | "RDS_LOGIN_EVENTS" | "EBS_MALWARE_PROTECTION" | "EKS_AUDIT_LOGS" | "LAMBDA_NETWORK_LOGS";

/** Inputs of `ThreatDetection` beside its tags. */
export interface ThreatArgs {
  /** Who hears of findings, by names of the program's own: at least one. */
  readonly subscribers: Readonly<Record<string, AlarmSubscriber>>;
  /** Least severity of findings that are told, 1 to 10. Default: `4`, medium. */
  readonly leastSeverity?: pulumi.Input<number> | undefined;
  /** What GuardDuty looks at beside its foundations. Plain. Default: `["S3_DATA_EVENTS"]`. */
  readonly features?: readonly DetectorFeature[] | undefined;
  /**
   * ARNs of buckets of this region that hold evidence or data: whatever sets or takes what guards them is told. Leave it out where there are none.
   * About 30 fit. Default: none.
   */
  readonly guardedBucketArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** ARNs of keys of this region: what disables, deletes or opens them is told, as it is of the topic's own key. About 7 fit. Default: none. */
  readonly guardedKeyArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
}

/** Change what the children of `ThreatDetection` are made with; the second argument is the child's name. */
export interface ThreatDetectionTransforms extends AlarmTopicTransforms, AlarmRuleTransforms {
  readonly detector?: Transform<guardduty.DetectorArgs> | undefined;
  readonly feature?: Transform<guardduty.DetectorFeatureArgs> | undefined;
}

/** Inputs of `ThreatDetection`. */
export interface ThreatDetectionArgs extends RequiredTagsArgs, ThreatArgs {
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: ThreatDetectionTransforms | undefined;
}

/**
 * GuardDuty of one region, with what it finds told: findings of some severity go by EventBridge to a topic that EventBridge of this account alone
 * publishes to, encrypted under a key of its own, and so do calls that end or narrow recording, finding or telling, or that begin with the topic, the
 * keys or the buckets themselves. An account has one detector in a region: where there is one, import it.
 */
export class ThreatDetection extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:ThreatDetection";

  readonly detector: guardduty.Detector;
  readonly topic: sns.Topic;
  readonly topicKey: kms.Key;
  readonly rules: readonly cloudwatch.EventRule[];
  readonly topicArn: pulumi.Output<string>;
  readonly detectorId: pulumi.Output<string>;

  /** @throws PAL_BASELINE_SUBSCRIBERS; PAL_BASELINE_TAGS, PAL_BASELINE_SEVERITY and PAL_BASELINE_SCOPE once they are known */
  constructor(name: string, args: ThreatDetectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ThreatDetection.__pulumiType, name, {}, opts);
    const { transforms = {}, features = ["S3_DATA_EVENTS"] } = args;
    const make = createChildFactory(this);
    const tags = buildTags(args);
    const detector = { enable: true, findingPublishingFrequency: "FIFTEEN_MINUTES", tags };
    this.detector = make(guardduty.Detector, name, detector, transforms.detector);
    this.detectorId = this.detector.id;
    for (const feature of features) {
      const child = `${name}-${feature.toLowerCase().replaceAll("_", "-")}`;
      make(guardduty.DetectorFeature, child, { detectorId: this.detectorId, name: feature, status: "ENABLED" }, transforms.feature);
    }
    const { topic, key } = createAlarmTopic(make, name, lookUpPlace(this), args.subscribers, tags, transforms);
    this.topic = topic;
    this.topicKey = key;
    this.topicArn = topic.arn;
    const told = { topicArn: this.topicArn, tags };
    const findings = {
      ...told,
      description: "Findings of GuardDuty",
      pattern: pulumi.output(args.leastSeverity ?? DEFAULT_SEVERITY).apply(buildFindingPattern),
    };
    const tampering = {
      ...told,
      description: "Calls that end or narrow recording, finding or telling",
      pattern: {
        "detail-type": ["AWS API Call via CloudTrail"],
        detail: { eventSource: TAMPERED_SERVICES, eventName: TAMPERING },
      },
    };
    this.rules = [
      createAlarmRule(make, `${name}-findings`, findings, transforms),
      createAlarmRule(make, `${name}-tampering`, tampering, transforms),
      ...createEvidenceRules((child, rule) => createAlarmRule(make, child, { ...told, ...rule }, transforms), name, {
        ...args,
        topicArn: this.topicArn,
        topicKeyArn: key.arn,
      }),
    ];
    const { topicArn, detectorId } = this;
    this.registerOutputs({ topicArn, detectorId });
  }
}

/** Of the topic with keys, and of buckets where there are any. */
function createEvidenceRules(
  create: (child: string, rule: Pick<AlarmRuleArgs, "description" | "pattern">) => cloudwatch.EventRule,
  name: string,
  args: Pick<ThreatArgs, "guardedBucketArns" | "guardedKeyArns"> & Readonly<Record<"topicArn" | "topicKeyArn", pulumi.Output<string>>>,
): cloudwatch.EventRule[] {
  const { topicArn, topicKeyArn, guardedKeyArns = [], guardedBucketArns } = args;
  const topic = pulumi
    .all([topicArn, topicKeyArn, pulumi.output(guardedKeyArns)])
    .apply(([arn, own, others]) => buildTopicPattern({ topicArn: arn, keyArns: [own, ...others] }));
  const ofTopic = create(`${name}-evidence`, { description: "Calls that end or turn the alarms' topic, or keys", pattern: topic });
  if (guardedBucketArns === undefined) return [ofTopic];
  const description = "Calls that set or take what guards buckets of evidence and data";
  const pattern = pulumi.output(guardedBucketArns).apply(buildBucketPattern);
  return [ofTopic, create(`${name}-evidence-buckets`, { description, pattern })];
}

/** @throws PAL_BASELINE_SEVERITY */
function buildFindingPattern(least: number): object {
  if (!(least >= LEAST_SEVERITY && least <= MOST_SEVERITY))
    throw new PalisadeError("PAL_BASELINE_SEVERITY", `leastSeverity is ${JSON.stringify(least)}`);
  return { source: ["aws.guardduty"], "detail-type": ["GuardDuty Finding"], detail: { severity: [{ numeric: [">=", least] }] } };
}
