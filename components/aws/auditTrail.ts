import * as cloudtrail from "@pulumi/aws/cloudtrail";
import * as kms from "@pulumi/aws/kms";
import type * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { createChildFactory, type Transform } from "../child.js";
import { buildTags, type RequiredTagsArgs, resolveRetention } from "../requiredTags.js";
import { assertBucketArn, lookUpPlace } from "./accountPlace.js";
import { createLogBucket, type LogBucketTransforms } from "./logBucket.js";
import { buildLogBucketPolicy, buildTrailKeyPolicy, formatTrailArn } from "./trailPolicies.js";

/** The longest that AWS has, in days. */
const DELETION_WINDOW_DAYS = 30;
/** AWS' own default, in days. */
const ROTATION_DAYS = 365;

/** Inputs of `AuditTrail` beside its tags. */
export interface TrailArgs {
  /** ARNs of buckets whose objects' reads and writes are recorded, such as that of backups. Default: none. */
  readonly dataBucketArns?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** ARNs of the users and roles that administer the key; none of them reads log files by it. Default: those that policies of the account let. */
  readonly keyAdministrators?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** ARNs of the users and roles that may decrypt log files. Default: none. */
  readonly logReaders?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /**
   * Who may delete a log file before its time: nobody at all, the account's root included (`COMPLIANCE`), or who may bypass governance. The stack
   * that has log files can be destroyed in full once their time is over. Default: `"COMPLIANCE"`.
   */
  readonly lockMode?: pulumi.Input<"COMPLIANCE" | "GOVERNANCE"> | undefined;
}

/** Change what the children of `AuditTrail` are made with. */
export interface AuditTrailTransforms extends LogBucketTransforms {
  readonly key?: Transform<kms.KeyArgs> | undefined;
  readonly trail?: Transform<cloudtrail.TrailArgs> | undefined;
}

/** Inputs of `AuditTrail`. */
export interface AuditTrailArgs extends RequiredTagsArgs, TrailArgs {
  /** Change what the children are made with. */
  readonly transforms?: AuditTrailTransforms | undefined;
}

/**
 * What happened in an account, kept: a trail of all regions with validated log files, which records every management event, so each use of a key,
 * and reads and writes of the buckets that are named; a bucket that keeps its files locked for `retentionDays`; and the key that they are encrypted
 * with. The trail's name is the component's.
 */
export class AuditTrail extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:AuditTrail";

  readonly key: kms.Key;
  readonly bucket: s3.Bucket;
  readonly trail: cloudtrail.Trail;
  readonly trailArn: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  /** @throws PAL_BASELINE_TAGS, PAL_BASELINE_SCOPE, PAL_CMK_REFERENCE, once they are known */
  constructor(name: string, args: AuditTrailArgs, opts?: pulumi.ComponentResourceOptions) {
    super(AuditTrail.__pulumiType, name, {}, opts);
    const { keyAdministrators = [], logReaders = [], transforms = {} } = args;
    const make = createChildFactory(this);
    const tags = buildTags(args);
    const place = lookUpPlace(this);
    const trailArn = place.apply((one) => formatTrailArn(one, name));
    const policy = pulumi.output({ place, trailArn, administrators: keyAdministrators, readers: logReaders }).apply(buildTrailKeyPolicy);
    const key: kms.KeyArgs = {
      description: `Log files of the trail ${name}`,
      enableKeyRotation: true,
      rotationPeriodInDays: ROTATION_DAYS,
      deletionWindowInDays: DELETION_WINDOW_DAYS,
      policy,
      tags,
    };
    this.key = make(kms.Key, name, key, transforms.key);
    this.keyArn = this.key.arn;
    const { bucket, guards } = createLogBucket(
      make,
      name,
      { key: this.key, retentionDays: resolveRetention(args), lockMode: args.lockMode ?? "COMPLIANCE", tags },
      (arn) => pulumi.all([arn, place, trailArn]).apply(([one, where, trail]) => buildLogBucketPolicy(one, where, trail)),
      transforms,
    );
    this.bucket = bucket;
    this.bucketArn = bucket.arn;
    const trail: cloudtrail.TrailArgs = {
      name,
      s3BucketName: bucket.id,
      kmsKeyId: this.keyArn,
      isMultiRegionTrail: true,
      includeGlobalServiceEvents: true,
      enableLogFileValidation: true,
      enableLogging: true,
      advancedEventSelectors: pulumi.output(args.dataBucketArns ?? []).apply(buildEventSelectors),
      tags,
    };
    // CloudTrail tries the bucket and the key when the trail is made, and a bucket that is guarded later has an open moment.
    this.trail = make(cloudtrail.Trail, name, trail, transforms.trail, { dependsOn: guards });
    this.trailArn = this.trail.arn;
    const { bucketArn, keyArn } = this;
    this.registerOutputs({ trailArn: this.trailArn, bucketArn, keyArn });
  }
}

/** Management events of every service, uses of keys among them, and what happens to objects of these buckets. @throws PAL_BASELINE_SCOPE */
function buildEventSelectors(bucketArns: readonly string[]) {
  const management = { name: "Management events", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] };
  if (bucketArns.length === 0) return [management];
  const objects = {
    name: "Objects of named buckets",
    fieldSelectors: [
      { field: "eventCategory", equals: ["Data"] },
      { field: "resources.type", equals: ["AWS::S3::Object"] },
      { field: "resources.ARN", startsWiths: bucketArns.map((arn) => `${assertBucketArn("dataBucketArns", arn)}/`) },
    ],
  };
  return [management, objects];
}
