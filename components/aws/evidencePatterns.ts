import { PalisadeError } from "../../contract/errors.js";
import { assertBucketArn, assertKeyArn } from "./accountPlace.js";

/**
 * Patterns of EventBridge for calls that take evidence, or who hears of it, at its root. Only what is named is looked at, so that nothing of the
 * account's other buckets, keys and topics is told. `$or`: docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */

const BY_TRAIL = { "detail-type": ["AWS API Call via CloudTrail"] };

/** Letters of a pattern, AWS' own quota. docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MOST_LETTERS = 2_048;

const TOPIC_CALLS = ["DeleteTopic", "SetTopicAttributes", "AddPermission", "RemovePermission"];
const SUBSCRIPTION_CALLS = ["Unsubscribe", "SetSubscriptionAttributes"];
const KEY_CALLS = [
  ...["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation", "DeleteImportedKeyMaterial"],
  ...["DeleteAlias", "UpdateAlias"],
];
/**
 * Whatever sets or takes what a bucket is guarded by. By prefixes, because CloudTrail has names of its own for some (`PutBucketLifecycle`,
 * `DeleteBucketPublicAccessBlock`). docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
 */
const BUCKET_CALLS = ["PutBucket", "DeleteBucket", "PutObjectLockConfiguration"].map((prefix) => ({ prefix }));

/** What is told of beside the topic and its own key. */
export interface TopicEvidence {
  readonly topicArn: string;
  /** The topic's own among them. */
  readonly keyArns: readonly string[];
}

/**
 * Calls that end or turn the topic, its subscriptions, or keys. CloudTrail has a key's id or its ARN as `keyId`, and of an alias the key among its
 * `resources`. docs.aws.amazon.com/kms/latest/developerguide/ct-schedule-key-deletion.html
 * @throws PAL_BASELINE_SCOPE
 */
export function buildTopicPattern({ topicArn, keyArns }: TopicEvidence): object {
  const arns = keyArns.map((arn) => assertKeyArn("guardedKeyArns", arn));
  const bySns = { eventSource: ["sns.amazonaws.com"] };
  const byKms = { eventSource: ["kms.amazonaws.com"], eventName: KEY_CALLS };
  const ids = arns.map((arn) => ({ suffix: arn.slice(arn.lastIndexOf("/") + 1) }));
  const pattern = {
    ...BY_TRAIL,
    detail: {
      $or: [
        { ...bySns, eventName: TOPIC_CALLS, requestParameters: { topicArn: [topicArn] } },
        { ...bySns, eventName: SUBSCRIPTION_CALLS, requestParameters: { subscriptionArn: [{ prefix: `${topicArn}:` }] } },
        { ...byKms, requestParameters: { keyId: ids } },
        { ...byKms, resources: { ARN: arns } },
      ],
    },
  };
  return assertFits("guardedKeyArns", pattern);
}

/** Calls that set or take what guards buckets. @throws PAL_BASELINE_SCOPE */
export function buildBucketPattern(bucketArns: readonly string[]): object {
  if (bucketArns.length === 0) throw new PalisadeError("PAL_BASELINE_SCOPE", "guardedBucketArns is empty");
  const names = bucketArns.map((arn) => assertBucketArn("guardedBucketArns", arn).split(":::")[1]);
  const detail = { eventSource: ["s3.amazonaws.com"], eventName: BUCKET_CALLS, requestParameters: { bucketName: names } };
  return assertFits("guardedBucketArns", { ...BY_TRAIL, detail });
}

function assertFits(input: string, pattern: object): object {
  const { length } = JSON.stringify(pattern);
  if (length > MOST_LETTERS)
    throw new PalisadeError(
      "PAL_BASELINE_SCOPE",
      `${input} makes a rule of ${length} letters, and EventBridge takes ${MOST_LETTERS}: name fewer, those that hold evidence and data`,
    );
  return pattern;
}
