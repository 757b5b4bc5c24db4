import type * as kms from "@pulumi/aws/kms";
import * as s3 from "@pulumi/aws/s3";
import type * as pulumi from "@pulumi/pulumi";
import type { ChildFactory, Transform } from "../child.js";

/** Days after which parts of an upload that was never finished go. */
const UNFINISHED_DAYS = 7;
/** A version that its lock has let go of by then. */
const OUTDATED_DAYS = 1;

/** Transforms of a bucket of log files and of what guards it. */
export interface LogBucketTransforms {
  readonly bucket?: Transform<s3.BucketArgs> | undefined;
  readonly ownership?: Transform<s3.BucketOwnershipControlsArgs> | undefined;
  readonly publicAccessBlock?: Transform<s3.BucketPublicAccessBlockArgs> | undefined;
  readonly versioning?: Transform<s3.BucketVersioningArgs> | undefined;
  readonly encryption?: Transform<s3.BucketServerSideEncryptionConfigurationArgs> | undefined;
  readonly objectLock?: Transform<s3.BucketObjectLockConfigurationArgs> | undefined;
  readonly lifecycle?: Transform<s3.BucketLifecycleConfigurationArgs> | undefined;
  readonly bucketPolicy?: Transform<s3.BucketPolicyArgs> | undefined;
}

/** What a bucket of log files is made with. */
export interface LogBucketArgs {
  /** The key that its objects are encrypted with. */
  readonly key: kms.Key;
  /** Days for which a log file cannot be deleted, and after which it goes by itself. */
  readonly retentionDays: pulumi.Output<number>;
  /** Whether nobody can shorten that, or whoever has a right of its own to. */
  readonly lockMode: pulumi.Input<"COMPLIANCE" | "GOVERNANCE">;
  /** Tags of the bucket. */
  readonly tags: pulumi.Output<Record<string, string>>;
}

/** A bucket of log files: versioned, encrypted, closed to the public and to ACLs, locked for as long as its files are kept. */
export function createLogBucket(
  make: ChildFactory,
  name: string,
  { key, retentionDays, lockMode, tags }: LogBucketArgs,
  buildPolicy: (bucketArn: pulumi.Output<string>) => pulumi.Output<string>,
  transforms: LogBucketTransforms,
): { bucket: s3.Bucket; guards: pulumi.Resource[] } {
  // A bucket whose files are still locked stays in a destroy; so does then the key, without which nobody would read them.
  const bucket = make(s3.Bucket, name, { objectLockEnabled: true, tags }, transforms.bucket, { dependsOn: key });
  const own = { bucket: bucket.id };
  const all = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
  const ownership = { ...own, rule: { objectOwnership: "BucketOwnerEnforced" } };
  const versioning = { ...own, versioningConfiguration: { status: "Enabled" } };
  const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn }, bucketKeyEnabled: true }];
  const lock = { ...own, rule: { defaultRetention: { mode: lockMode, days: retentionDays } } };
  const expiry = {
    id: "retention",
    status: "Enabled",
    filter: { prefix: "" },
    expiration: { days: retentionDays },
    noncurrentVersionExpiration: { noncurrentDays: OUTDATED_DAYS },
    abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_DAYS },
  };
  // What guards a bucket goes with it, and never before: one that is not empty stays, guarded.
  const guard = { retainOnDelete: true };
  const closed = make(s3.BucketPublicAccessBlock, name, { ...own, ...all }, transforms.publicAccessBlock, guard);
  const versioned = make(s3.BucketVersioning, name, versioning, transforms.versioning, guard);
  const encrypted = make(s3.BucketServerSideEncryptionConfiguration, name, { ...own, rules }, transforms.encryption, guard);
  const after = { ...guard, dependsOn: versioned };
  const guards = [
    ...[closed, versioned, encrypted],
    make(s3.BucketOwnershipControls, name, ownership, transforms.ownership, guard),
    make(s3.BucketObjectLockConfiguration, name, lock, transforms.objectLock, after),
    make(s3.BucketLifecycleConfiguration, name, { ...own, rules: [expiry] }, transforms.lifecycle, after),
    // S3 takes one change of who reaches a bucket at a time.
    make(s3.BucketPolicy, name, { ...own, policy: buildPolicy(bucket.arn) }, transforms.bucketPolicy, { ...guard, dependsOn: closed }),
  ];
  return { bucket, guards };
}
