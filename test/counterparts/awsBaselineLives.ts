import type { Properties } from "../../tools/counterparts/providers/values.js";

/** One of each kind, and a change of it that makes no other object. */
export interface Life<Made> {
  readonly make: () => Promise<Made>;
  readonly change?: Properties;
  /** What is removed is a setting of something that stays. */
  readonly staysBehind?: true;
}

interface MadeObject {
  readonly id: string;
  readonly outputs: Properties;
}

const policy = (Action: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: [Action], Resource: "*" }] });
const trust = (user: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: [`arn:aws:iam::000000000000:user/${user}`] }, Action: "sts:AssumeRole" }],
  });
const bucketPolicy = (bucket: string, Sid: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Sid, Effect: "Deny", Principal: "*", Action: "s3:PutObject", Resource: `arn:aws:s3:::${bucket}/never` }],
  });

/** Kinds that baselines are made of. */
export function createBaselineLives<Made extends MadeObject>(
  make: (token: string, given: Properties) => Promise<Made>,
): Readonly<Record<string, Life<Made>>> {
  let count = 0;
  const name = (): string => `baseline-${++count}`;
  const bucketOf = () => make("aws:s3/bucket:Bucket", { bucket: name(), objectLockEnabled: true, tags: { owner: "a" } });
  const settingOf = (token: string, given: Properties) => async () => make(token, { bucket: (await bucketOf()).id, ...given });
  const topicOf = () => make("aws:sns/topic:Topic", { name: name(), tags: { owner: "a" } });
  const ruleOf = () =>
    make("aws:cloudwatch/eventRule:EventRule", { name: name(), eventPattern: '{"source":["aws.guardduty"]}', tags: { owner: "a" } });
  const policyOf = () => make("aws:iam/policy:Policy", { name: name(), policy: policy("s3:GetObject"), tags: { owner: "a" } });
  const roleOf = async () =>
    make("aws:iam/role:Role", {
      name: name(),
      assumeRolePolicy: trust("one"),
      permissionsBoundary: (await policyOf()).id,
      tags: { owner: "a" },
    });
  // A region has one.
  let detector: Promise<Made> | undefined;
  const detectorOf = () => (detector ??= make("aws:guardduty/detector:Detector", { enable: true, tags: { owner: "a" } }));
  const tags = { owner: "b" };
  const expiry = (days: number) => ({
    rules: [{ id: "retention", status: "Enabled", filter: { prefix: "" }, expiration: { days } }],
  });
  const encryption = (kmsMasterKeyId: string) => ({
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId }, bucketKeyEnabled: true }],
  });
  const selectors = (...buckets: readonly string[]) => ({
    advancedEventSelectors: [
      {
        name: "one",
        fieldSelectors: [
          { field: "eventCategory", equals: ["Data"] },
          { field: "resources.ARN", startsWiths: buckets },
        ],
      },
    ],
  });
  return {
    "aws:cloudtrail/trail:Trail": {
      make: async () =>
        make("aws:cloudtrail/trail:Trail", {
          name: name(),
          s3BucketName: (await bucketOf()).id,
          ...selectors("arn:aws:s3:::a/"),
          tags: { owner: "a" },
        }),
      change: { enableLogging: false, enableLogFileValidation: true, isMultiRegionTrail: true, ...selectors("arn:aws:s3:::b/"), tags },
    },
    "aws:cloudwatch/eventRule:EventRule": { make: ruleOf, change: { state: "DISABLED", description: "other", tags } },
    "aws:cloudwatch/eventTarget:EventTarget": {
      make: async () =>
        make("aws:cloudwatch/eventTarget:EventTarget", { rule: (await ruleOf()).id, targetId: "one", arn: (await topicOf()).id }),
      change: { arn: "arn:aws:sns:eu-central-1:000000000000:other" },
    },
    // What is made of it is tried first: the detector goes with its own life.
    "aws:guardduty/detectorFeature:DetectorFeature": {
      make: async () =>
        make("aws:guardduty/detectorFeature:DetectorFeature", {
          detectorId: (await detectorOf()).id,
          name: "S3_DATA_EVENTS",
          status: "ENABLED",
        }),
      change: { status: "DISABLED" },
    },
    "aws:guardduty/detector:Detector": { make: detectorOf, change: { enable: false, tags } },
    "aws:iam/policy:Policy": { make: policyOf, change: { policy: policy("s3:PutObject"), tags } },
    "aws:iam/role:Role": { make: roleOf, change: { assumeRolePolicy: trust("other"), maxSessionDuration: 7_200, tags } },
    "aws:iam/rolePolicy:RolePolicy": {
      make: async () => make("aws:iam/rolePolicy:RolePolicy", { name: "own", role: (await roleOf()).id, policy: policy("s3:GetObject") }),
      change: { policy: policy("s3:PutObject") },
    },
    "aws:s3/bucket:Bucket": { make: bucketOf, change: { tags } },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
      make: settingOf("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", expiry(400)),
      change: expiry(90),
    },
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {
      make: settingOf("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", {
        rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } },
      }),
      change: { rule: { defaultRetention: { mode: "GOVERNANCE", days: 90 } } },
      staysBehind: true,
    },
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
      make: settingOf("aws:s3/bucketOwnershipControls:BucketOwnershipControls", { rule: { objectOwnership: "BucketOwnerEnforced" } }),
      change: { rule: { objectOwnership: "ObjectWriter" } },
    },
    "aws:s3/bucketPolicy:BucketPolicy": {
      make: async () => {
        const { id } = await bucketOf();
        return make("aws:s3/bucketPolicy:BucketPolicy", { bucket: id, policy: bucketPolicy(id, "One") });
      },
    },
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
      make: settingOf("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { blockPublicAcls: true }),
      change: { blockPublicPolicy: true, ignorePublicAcls: true },
    },
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
      make: settingOf("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", encryption("one")),
      change: encryption("other"),
      // S3 encrypts under a key of its own then.
      staysBehind: true,
    },
    "aws:s3/bucketVersioning:BucketVersioning": {
      make: settingOf("aws:s3/bucketVersioning:BucketVersioning", { versioningConfiguration: { status: "Enabled" } }),
      staysBehind: true,
    },
    "aws:sns/topic:Topic": { make: topicOf, change: { kmsMasterKeyId: "other", tags } },
    "aws:sns/topicPolicy:TopicPolicy": {
      make: async () => make("aws:sns/topicPolicy:TopicPolicy", { arn: (await topicOf()).id, policy: policy("sns:Publish") }),
      change: { policy: policy("sns:Subscribe") },
      staysBehind: true,
    },
    "aws:sns/topicSubscription:TopicSubscription": {
      make: async () =>
        make("aws:sns/topicSubscription:TopicSubscription", {
          topic: (await topicOf()).id,
          protocol: "email",
          endpoint: "one@example.com",
        }),
    },
  };
}
