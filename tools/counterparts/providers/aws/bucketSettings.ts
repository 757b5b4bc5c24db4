import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  type LifecycleRule,
  type ObjectLockRule,
  type OwnershipControlsRule,
  type PublicAccessBlockConfiguration,
  type S3Client,
  type ServerSideEncryptionRule,
  type VersioningConfiguration,
} from "@aws-sdk/client-s3";
import type { KindDouble } from "../providerDouble.js";
import { findText, type Properties } from "../values.js";
import { toApiNames, toClassNames } from "./apiNames.js";
import { ignoreNotFound } from "./clients.js";
import { refreshRecorded } from "./refresh.js";
import { allowOnly, refuseInvalidJson } from "./validation.js";

/** One setting of a bucket, as S3 has a call to write, read and remove it. */
interface BucketSetting {
  readonly inputs: readonly string[];
  /** What the real provider writes where the input is left out. */
  readonly defaults?: Properties;
  put: (s3: S3Client, bucket: string, inputs: Properties) => Promise<unknown>;
  /** By the names of the class. */
  get: (s3: S3Client, bucket: string) => Promise<Properties>;
  remove: (s3: S3Client, bucket: string) => Promise<unknown>;
}

const CLOSED = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

const SETTINGS: Readonly<Record<string, BucketSetting>> = {
  BucketLifecycleConfiguration: {
    inputs: ["rules"],
    put: (s3, Bucket, { rules }) =>
      s3.send(
        new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: toApiNames(rules) as LifecycleRule[] } }),
      ),
    get: async (s3, Bucket) => ({ rules: toClassNames((await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules) }),
    remove: (s3, Bucket) => s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
  },
  BucketObjectLockConfiguration: {
    inputs: ["rule"],
    put: (s3, Bucket, { rule }) => s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: toLock(rule) })),
    get: async (s3, Bucket) => {
      const { ObjectLockConfiguration: lock } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
      return { objectLockEnabled: lock?.ObjectLockEnabled, rule: toClassNames(lock?.Rule) };
    },
    remove: (s3, Bucket) => s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: toLock(undefined) })),
  },
  BucketOwnershipControls: {
    inputs: ["rule"],
    put: (s3, Bucket, { rule }) =>
      s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [toApiNames(rule) as OwnershipControlsRule] } })),
    get: async (s3, Bucket) => {
      const { OwnershipControls: found } = await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
      return { rule: toClassNames(found?.Rules?.[0]) };
    },
    remove: (s3, Bucket) => s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
  },
  BucketPolicy: {
    inputs: ["policy"],
    put: (s3, Bucket, { policy }) => s3.send(new PutBucketPolicyCommand({ Bucket, Policy: findText(policy) })),
    get: async (s3, Bucket) => ({ policy: (await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy }),
    remove: (s3, Bucket) => s3.send(new DeleteBucketPolicyCommand({ Bucket })),
  },
  BucketPublicAccessBlock: {
    inputs: CLOSED,
    defaults: Object.fromEntries(CLOSED.map((name) => [name, false])),
    put: (s3, Bucket, { bucket: _, region: __, ...closed }) =>
      s3.send(
        new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: toApiNames(closed) as PublicAccessBlockConfiguration }),
      ),
    get: async (s3, Bucket) =>
      toClassNames((await s3.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration) as Properties,
    remove: (s3, Bucket) => s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
  },
  BucketServerSideEncryptionConfiguration: {
    inputs: ["rules"],
    put: (s3, Bucket, { rules }) =>
      s3.send(
        new PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: { Rules: toApiNames(rules) as ServerSideEncryptionRule[] },
        }),
      ),
    get: async (s3, Bucket) => {
      const { ServerSideEncryptionConfiguration: found } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
      return { rules: toClassNames(found?.Rules) };
    },
    remove: (s3, Bucket) => s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
  },
  BucketVersioning: {
    inputs: ["versioningConfiguration"],
    put: (s3, Bucket, { versioningConfiguration }) =>
      s3.send(
        new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: toApiNames(versioningConfiguration) as VersioningConfiguration }),
      ),
    get: async (s3, Bucket) => ({
      versioningConfiguration: { status: (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status },
    }),
    remove: (s3, Bucket) => s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
  },
};

const toLock = (rule: unknown) => ({
  ObjectLockEnabled: "Enabled" as const,
  ...(rule !== undefined && { Rule: toApiNames(rule) as ObjectLockRule }),
});

/** Settings of a bucket by calls of S3: their tokens of @pulumi/aws, each with what makes its kind. Each is called as its bucket is. */
export const BUCKET_SETTING_KINDS = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, setting]) => [
    `aws:s3/${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`,
    ({ s3, region }: { readonly s3: S3Client; readonly region: string }) => createSettingKind(s3, region, setting),
  ]),
);

const createSettingKind = (s3: S3Client, region: string, { inputs, defaults, put, get, remove }: BucketSetting): KindDouble => ({
  replacedBy: ["bucket"],
  ...(defaults && { defaults }),
  validate: (given) => [...allowOnly("bucket", "region", ...inputs)(given), ...refuseInvalidJson("policy", given)],
  create: async (given) => {
    const bucket = findText(given["bucket"]) ?? "";
    await put(s3, bucket, given);
    return bucket;
  },
  read: async (id) => {
    const found = await ignoreNotFound(get(s3, id));
    return found && { bucket: id, region, ...found };
  },
  update: async (id, given) => {
    await put(s3, id, given);
  },
  delete: async (id) => {
    await ignoreNotFound(remove(s3, id));
  },
  refreshInputs: refreshRecorded,
});
