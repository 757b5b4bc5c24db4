import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as kms from "@pulumi/aws/kms";
import * as sns from "@pulumi/aws/sns";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmSubscriber, resolveSubscribers } from "../alarmSubscribers.js";
import type { ChildFactory, Transform } from "../child.js";
import type { AccountPlace } from "./accountPlace.js";
import { ADMINISTRATION } from "./keyPolicy.js";

/** Transforms of a topic of alarms and what it takes. */
export interface AlarmTopicTransforms {
  readonly topicKey?: Transform<kms.KeyArgs> | undefined;
  readonly topic?: Transform<sns.TopicArgs> | undefined;
  readonly topicPolicy?: Transform<sns.TopicPolicyArgs> | undefined;
  readonly subscription?: Transform<sns.TopicSubscriptionArgs> | undefined;
}

/** Transforms of a rule of EventBridge that leads to a topic. */
export interface AlarmRuleTransforms {
  readonly rule?: Transform<cloudwatch.EventRuleArgs> | undefined;
  readonly target?: Transform<cloudwatch.EventTargetArgs> | undefined;
}

/** EventBridge by itself, which cannot use the key that AWS keeps for SNS. */
const EVENTBRIDGE = { Service: "events.amazonaws.com" };
const DELETION_WINDOW_DAYS = 30;

const formatTopicArn = ({ partition, region, account }: AccountPlace, name: string): string =>
  `arn:${partition}:sns:${region}:${account}:${name}`;

/**
 * The key's policy as JSON. AWS takes no `aws:SourceAccount` here where EventBridge publishes, so the use is bound to the topic by the context under
 * which SNS encrypts. docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function buildTopicKeyPolicy(place: AccountPlace, name: string): string {
  const allow = (Sid: string, Principal: object, Action: readonly string[], Condition?: object) => ({
    Sid,
    Effect: "Allow",
    Principal,
    Action,
    Resource: "*",
    ...(Condition && { Condition }),
  });
  const ofTopic = { StringEquals: { "kms:EncryptionContext:aws:sns:topicArn": formatTopicArn(place, name) } };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      allow("AccountDelegatesAdministration", { AWS: `arn:${place.partition}:iam::${place.account}:root` }, ADMINISTRATION),
      allow("PublishToTheTopic", EVENTBRIDGE, ["kms:Decrypt", "kms:GenerateDataKey"], ofTopic),
    ],
  });
}

/** The topic's policy as JSON: EventBridge of this account publishes, and nobody without TLS. */
export function buildTopicPolicy(place: AccountPlace, topicArn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "EventBridgeOfThisAccount",
        Effect: "Allow",
        Principal: EVENTBRIDGE,
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { StringEquals: { "aws:SourceAccount": place.account } },
      },
      {
        Sid: "TlsAlone",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

/** A topic of alarms that is encrypted under a key of its own. Its name is the component's. */
export function createAlarmTopic(
  make: ChildFactory,
  name: string,
  place: pulumi.Output<AccountPlace>,
  subscribers: Readonly<Record<string, AlarmSubscriber>>,
  tags: pulumi.Output<Record<string, string>>,
  transforms: AlarmTopicTransforms,
): { topic: sns.Topic; key: kms.Key } {
  const all = resolveSubscribers(subscribers);
  const keyArgs: kms.KeyArgs = {
    description: `Alarms of the topic ${name}`,
    enableKeyRotation: true,
    deletionWindowInDays: DELETION_WINDOW_DAYS,
    policy: place.apply((one) => buildTopicKeyPolicy(one, name)),
    tags,
  };
  const key = make(kms.Key, `${name}-alarms`, keyArgs, transforms.topicKey);
  const topic = make(sns.Topic, name, { name, kmsMasterKeyId: key.arn, tags }, transforms.topic);
  const policy = pulumi.all([place, topic.arn]).apply(([where, arn]) => buildTopicPolicy(where, arn));
  make(sns.TopicPolicy, name, { arn: topic.arn, policy }, transforms.topicPolicy);
  for (const { subscriber, protocol, address } of all)
    make(sns.TopicSubscription, `${name}-${subscriber}`, { topic: topic.arn, protocol, endpoint: address }, transforms.subscription);
  return { topic, key };
}

/** What a rule of EventBridge tells to the topic. */
export interface AlarmRuleArgs {
  /** What people read. */
  readonly description: string;
  /** Pattern of the events. */
  readonly pattern: pulumi.Input<object>;
  /** Topic that hears of them. */
  readonly topicArn: pulumi.Input<string>;
  /** Tags of the rule. */
  readonly tags: pulumi.Output<Record<string, string>>;
}

/** Has the topic told of events; also of calls that only read, which AssumeRole is one of. */
export function createAlarmRule(
  make: ChildFactory,
  name: string,
  { description, pattern, topicArn, tags }: AlarmRuleArgs,
  transforms: AlarmRuleTransforms,
): cloudwatch.EventRule {
  const rule = make(
    cloudwatch.EventRule,
    name,
    {
      description,
      eventPattern: pulumi.output(pattern).apply((one) => JSON.stringify(one)),
      state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
      tags,
    },
    transforms.rule,
  );
  make(cloudwatch.EventTarget, name, { rule: rule.name, arn: topicArn }, transforms.target);
  return rule;
}
