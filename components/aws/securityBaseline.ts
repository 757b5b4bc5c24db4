import * as pulumi from "@pulumi/pulumi";
import type { RequiredTagsArgs } from "../requiredTags.js";
import { AccessRoles, type AccessRolesTransforms, type RolesArgs } from "./accessRoles.js";
import { AuditTrail, type AuditTrailTransforms, type TrailArgs } from "./auditTrail.js";
import { ThreatDetection, type ThreatArgs, type ThreatDetectionTransforms } from "./threatDetection.js";

/** Inputs of `SecurityBaseline`. */
export interface SecurityBaselineArgs
  extends RequiredTagsArgs, Omit<TrailArgs, "dataBucketArns">, Omit<ThreatArgs, "guardedBucketArns" | "guardedKeyArns"> {
  /** ARNs of the buckets that hold data, of backups above all: what happens to their objects is recorded, what takes their guards is told, and the roles are for them. Default: none. */
  readonly bucketArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** ARNs of the keys under which data is: what ends or opens them is told, and the roles are for them. Each use of a key is recorded anyway. Default: none. */
  readonly keyArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** Who assumes which role. */
  readonly roles: Pick<RolesArgs, "deployer" | "reader" | "operator" | "breakGlass">;
  /** Change what the children of each part are made with. */
  readonly transforms?:
    | {
        /** Of `AuditTrail`. */
        readonly trail?: AuditTrailTransforms | undefined;
        /** Of `ThreatDetection`. */
        readonly threats?: ThreatDetectionTransforms | undefined;
        /** Of `AccessRoles`. */
        readonly roles?: AccessRolesTransforms | undefined;
      }
    | undefined;
}

/**
 * What an account with data has beside the data: an `AuditTrail`, a `ThreatDetection` whose topic hears of findings, tampering and broken glass, and
 * `AccessRoles`. Everything that has tags bears `dataClass`, `owner` and `retention`. Each part can be used alone.
 */
export class SecurityBaseline extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:SecurityBaseline";

  readonly trail: AuditTrail;
  readonly threats: ThreatDetection;
  readonly access: AccessRoles;
  readonly trailArn: pulumi.Output<string>;
  readonly logBucketArn: pulumi.Output<string>;
  readonly topicArn: pulumi.Output<string>;
  /** ARN of each role. */
  readonly roleArns: AccessRoles["roleArns"];

  /** @throws PAL_BASELINE_SUBSCRIBERS; PAL_BASELINE_TAGS, PAL_BASELINE_PRINCIPALS, PAL_BASELINE_SCOPE, PAL_CMK_REFERENCE once they are known */
  constructor(name: string, args: SecurityBaselineArgs, opts?: pulumi.ComponentResourceOptions) {
    super(SecurityBaseline.__pulumiType, name, {}, opts);
    const { dataClass, owner, retentionDays, tags, bucketArns, keyArns, transforms = {} } = args;
    const own = { dataClass, owner, retentionDays, tags };
    const parent = { parent: this };
    const { keyAdministrators, logReaders, lockMode } = args;
    const recorded = { ...own, dataBucketArns: bucketArns, keyAdministrators, logReaders, lockMode, transforms: transforms.trail };
    this.trail = new AuditTrail(name, recorded, parent);
    const { subscribers, leastSeverity, features } = args;
    const guarded = {
      guardedBucketArns: pulumi.all([this.trail.bucketArn, pulumi.output(bucketArns ?? [])]).apply(([log, data]) => [log, ...data]),
      guardedKeyArns: pulumi.all([this.trail.keyArn, pulumi.output(keyArns ?? [])]).apply(([log, data]) => [log, ...data]),
    };
    const found = { ...own, ...guarded, subscribers, leastSeverity, features, transforms: transforms.threats };
    this.threats = new ThreatDetection(name, found, parent);
    this.topicArn = this.threats.topicArn;
    const roles = { ...own, ...args.roles, bucketArns, keyArns, alarmTopicArn: this.topicArn, transforms: transforms.roles };
    this.access = new AccessRoles(name, roles, parent);
    this.trailArn = this.trail.trailArn;
    this.logBucketArn = this.trail.bucketArn;
    this.roleArns = this.access.roleArns;
    const { trailArn, logBucketArn, topicArn, roleArns } = this;
    this.registerOutputs({ trailArn, logBucketArn, topicArn, roleArns });
  }
}
