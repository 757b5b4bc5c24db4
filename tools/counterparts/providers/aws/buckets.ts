import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  GetBucketTaggingCommand,
  GetObjectLockConfigurationCommand,
  HeadBucketCommand,
  PutBucketTaggingCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { KindDouble } from "../providerDouble.js";
import { findText, type Properties } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { refreshRecorded, toTags } from "./refresh.js";
import { allowOnly } from "./validation.js";

/** `aws:s3/bucket:Bucket` by calls of S3. What guards a bucket is in kinds of its own; one that is not empty is not deleted. */
export const createBucketKind = (s3: S3Client, region: string): KindDouble => ({
  replacedBy: ["bucket", "objectLockEnabled"],
  autoName: { input: "bucket", make: (name, random) => `${name.toLowerCase()}-${random.slice(0, 7)}` },
  validate: allowOnly("bucket", "objectLockEnabled", "region", "tags"),
  create: async (inputs, made) => {
    const Bucket = findText(inputs["bucket"]) ?? "";
    await s3.send(
      new CreateBucketCommand({
        Bucket,
        ObjectLockEnabledForBucket: inputs["objectLockEnabled"] === true,
        ...(region !== "us-east-1" && { CreateBucketConfiguration: { LocationConstraint: region as "eu-central-1" } }),
      }),
    );
    made(Bucket);
    await setTags(s3, Bucket, inputs);
    return Bucket;
  },
  read: async (Bucket) => {
    if ((await ignoreNotFound(s3.send(new HeadBucketCommand({ Bucket })))) === undefined) return undefined;
    const [tagging, lock] = await Promise.all([
      ignoreNotFound(s3.send(new GetBucketTaggingCommand({ Bucket }))),
      ignoreNotFound(s3.send(new GetObjectLockConfigurationCommand({ Bucket }))),
    ]);
    const tags = Object.fromEntries((tagging?.TagSet ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
    return {
      arn: `arn:aws:s3:::${Bucket}`,
      bucket: Bucket,
      bucketRegion: region,
      objectLockEnabled: lock?.ObjectLockConfiguration?.ObjectLockEnabled === "Enabled",
      region,
      tags,
      tagsAll: tags,
    };
  },
  update: (id, inputs) => setTags(s3, id, inputs),
  delete: async (Bucket) => {
    await ignoreNotFound(s3.send(new DeleteBucketCommand({ Bucket })));
  },
  refreshInputs: refreshRecorded,
});

async function setTags(s3: S3Client, Bucket: string, { tags }: Properties): Promise<void> {
  const TagSet = Object.entries(toTags(tags)).map(([Key, Value]) => ({ Key, Value }));
  if (TagSet.length === 0) await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  else await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }));
}
