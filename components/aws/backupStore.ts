import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { createChildFactory, type Transform } from "../child.js";

/** Also what `palisade backup` promises where its configuration says nothing else. */
const LOCK_DAYS = 30;
const NONCURRENT_DAYS = 30;
/** A run that was killed leaves the parts that it has uploaded. */
const ABORT_UPLOADS_AFTER_DAYS = 1;

/** Inputs of `BackupStore`. */
export interface BackupStoreArgs {
  /** ARN of the KMS key that the bucket's objects are encrypted with: a second seal round what `palisade backup` has sealed already. */
  readonly kmsKeyArn: pulumi.Input<string>;
  /** Name of the bucket, unique at AWS. Default: the component's name and random letters. */
  readonly bucketName?: pulumi.Input<string> | undefined;
  /**
   * Days in which nobody, the account's root included, can remove or shorten an object: object lock in compliance mode. Default: `30`.
   * `palisade backup` should promise as many or more in `retentionDays`.
   */
  readonly lockDays?: pulumi.Input<number> | undefined;
  /** Days after which versions that were removed or replaced are gone, once their lock has ended. Default: `30`. */
  readonly noncurrentVersionDays?: pulumi.Input<number> | undefined;
  /** Tags of the bucket. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  /** Change what the children are made with. */
  readonly transforms?:
    | {
        readonly bucket?: Transform<s3.BucketArgs> | undefined;
        readonly versioning?: Transform<s3.BucketVersioningArgs> | undefined;
        readonly encryption?: Transform<s3.BucketServerSideEncryptionConfigurationArgs> | undefined;
        readonly lock?: Transform<s3.BucketObjectLockConfigurationArgs> | undefined;
        readonly lifecycle?: Transform<s3.BucketLifecycleConfigurationArgs> | undefined;
        readonly publicAccessBlock?: Transform<s3.BucketPublicAccessBlockArgs> | undefined;
        readonly policy?: Transform<s3.BucketPolicyArgs> | undefined;
      }
    | undefined;
}

/**
 * A bucket for the `store` of `palisade backup`: versions, object lock in compliance mode, encryption with the given key, no public access, TLS
 * alone. Not for erasure keys: a bucket that keeps what is removed undoes every erasure, and `palisade backup` refuses it for them.
 */
export class BackupStore extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:aws:BackupStore";

  readonly bucket: s3.Bucket;
  readonly versioning: s3.BucketVersioning;
  readonly encryption: s3.BucketServerSideEncryptionConfiguration;
  readonly lock: s3.BucketObjectLockConfiguration;
  readonly lifecycle: s3.BucketLifecycleConfiguration;
  readonly publicAccessBlock: s3.BucketPublicAccessBlock;
  readonly policy: s3.BucketPolicy;
  /** For `store.s3.bucket`. */
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: BackupStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BackupStore.__pulumiType, name, {}, opts);
    const { transforms = {} } = args;
    const make = createChildFactory(this);
    // Objects that are locked would refuse it; nothing of the stack asks for it either.
    const bucketArgs: s3.BucketArgs = {
      objectLockEnabled: true,
      forceDestroy: false,
      ...(args.bucketName !== undefined && { bucket: args.bucketName }),
      ...(args.tags !== undefined && { tags: args.tags }),
    };
    this.bucket = make(s3.Bucket, name, bucketArgs, transforms.bucket);
    const bucket = this.bucket.id;
    const block: s3.BucketPublicAccessBlockArgs = {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    };
    this.publicAccessBlock = make(s3.BucketPublicAccessBlock, name, block, transforms.publicAccessBlock);
    const versioning: s3.BucketVersioningArgs = { bucket, versioningConfiguration: { status: "Enabled" } };
    this.versioning = make(s3.BucketVersioning, name, versioning, transforms.versioning);
    const encryption: s3.BucketServerSideEncryptionConfigurationArgs = {
      bucket,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.kmsKeyArn }, bucketKeyEnabled: true }],
    };
    this.encryption = make(s3.BucketServerSideEncryptionConfiguration, name, encryption, transforms.encryption);
    const lock: s3.BucketObjectLockConfigurationArgs = {
      bucket,
      rule: { defaultRetention: { mode: "COMPLIANCE", days: args.lockDays ?? LOCK_DAYS } },
    };
    const afterVersioning = { dependsOn: this.versioning };
    this.lock = make(s3.BucketObjectLockConfiguration, name, lock, transforms.lock, afterVersioning);
    const lifecycle: s3.BucketLifecycleConfigurationArgs = { bucket, rules: [buildLifecycleRule(args)] };
    this.lifecycle = make(s3.BucketLifecycleConfiguration, name, lifecycle, transforms.lifecycle, afterVersioning);
    const policy: s3.BucketPolicyArgs = { bucket, policy: this.bucket.arn.apply(buildTlsPolicy) };
    this.policy = make(s3.BucketPolicy, name, policy, transforms.policy, { dependsOn: this.publicAccessBlock });
    this.bucketName = this.bucket.bucket;
    this.bucketArn = this.bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }
}

const buildLifecycleRule = ({ noncurrentVersionDays }: BackupStoreArgs) => ({
  id: "removed",
  status: "Enabled",
  filter: {},
  noncurrentVersionExpiration: { noncurrentDays: noncurrentVersionDays ?? NONCURRENT_DAYS },
  abortIncompleteMultipartUpload: { daysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS },
});

/** Nobody comes without TLS. Who comes with it is said by identities' own policies. */
export const buildTlsPolicy = (bucketArn: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsAlone",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
