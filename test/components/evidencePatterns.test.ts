import * as aws from "../../components/aws/index.js";
import { buildBucketPattern, buildTopicPattern } from "../../components/aws/evidencePatterns.js";
import { AWS_BASELINE, BUCKET_ARN, KEY_ARN, SUBSCRIBERS, TAGS } from "./allComponents.js";
import { listenToPrograms, ofType, type Registered, registrationsOf } from "./mocks.js";

/** Calls that begin with the evidence itself, as CloudTrail has them, against the rules that tell of them. */
beforeAll(listenToPrograms);

const TOPIC_ARN = "arn:aws:sns:eu-central-1:111122223333:shop";
const KEY_ID = KEY_ARN.split("/")[1] ?? "";

/** As much of EventBridge's matching as the patterns need: values, prefixes, suffixes, alternatives; a list of an event matches by any member. */
function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(event)) return event.some((one) => matches(pattern, one));
  if (Array.isArray(pattern)) return pattern.some((one) => matchesValue(one, event));
  if (typeof event !== "object" || event === null) return false;
  return Object.entries(pattern as Record<string, unknown>).every(([field, wanted]) =>
    field === "$or" ? (wanted as unknown[]).some((one) => matches(one, event)) : matches(wanted, (event as Record<string, unknown>)[field]),
  );
}
const matchesValue = (wanted: unknown, value: unknown): boolean => {
  if (typeof wanted === "string" || typeof value !== "string") return wanted === value;
  const { prefix, suffix } = wanted as { prefix?: string; suffix?: string };
  return prefix === undefined ? suffix !== undefined && value.endsWith(suffix) : value.startsWith(prefix);
};

const call = (service: string, eventName: string, requestParameters: object | null, more: object = {}) => ({
  source: `aws.${service}`,
  "detail-type": "AWS API Call via CloudTrail",
  detail: { eventSource: `${service}.amazonaws.com`, eventName, requestParameters, ...more },
});
const onBucket = (eventName: string, bucketName = "shop-backups") => call("s3", eventName, { bucketName, Host: "s3.amazonaws.com" });
const onKey = (eventName: string, keyId: string) => call("kms", eventName, { keyId });
const ofKey = (ARN: string) => ({ resources: [{ accountId: "111122223333", type: "AWS::KMS::Key", ARN }] });

let rules: readonly Registered[];
beforeAll(async () => {
  const all = await registrationsOf(() => new aws.SecurityBaseline("shop", AWS_BASELINE));
  rules = ofType(all, "aws:cloudwatch/eventRule:EventRule");
});
const findTelling = (event: object): string[] =>
  rules.filter(({ inputs }) => matches(JSON.parse(String(inputs["eventPattern"])), event)).map(({ name }) => name);

it.each([
  ...["DeleteTopic", "SetTopicAttributes", "AddPermission", "RemovePermission"].map((name) => call("sns", name, { topicArn: TOPIC_ARN })),
  ...["Unsubscribe", "SetSubscriptionAttributes"].map((name) => call("sns", name, { subscriptionArn: `${TOPIC_ARN}:0f0e-0d0c` })),
  ...["DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation"].flatMap((name) => [
    onKey(name, KEY_ID),
    onKey(name, KEY_ARN),
  ]),
  call("kms", "DeleteAlias", { aliasName: "alias/shop" }, ofKey(KEY_ARN)),
  call("kms", "UpdateAlias", { aliasName: "alias/shop", targetKeyId: "other" }, ofKey(KEY_ARN)),
  // The keys of the topic and of the trail, which the component makes itself.
  call("kms", "DisableKey", null, ofKey("arn:aws:kms:eu-central-1:111122223333:key/shop-alarms")),
  call("kms", "DisableKey", null, ofKey("arn:aws:kms:eu-central-1:111122223333:key/shop")),
])("tells of $detail.eventName, and of no other rule's calls", (event) => {
  expect(findTelling(event)).toEqual(["shop-evidence"]);
});

it.each(["shop", "shop-backups"])("tells of whatever sets or takes what guards the bucket %s", (bucket) => {
  for (const name of [
    ...["DeleteBucket", "DeleteBucketPolicy", "PutBucketPolicy", "PutBucketLifecycle", "DeleteBucketLifecycle", "PutBucketVersioning"],
    ...["PutBucketEncryption", "DeleteBucketEncryption", "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock", "PutBucketAcl"],
    ...["PutObjectLockConfiguration", "PutBucketObjectLockConfiguration", "PutBucketLogging", "PutBucketOwnershipControls"],
    ...["PutBucketReplication", "PutBucketNotification"],
  ])
    expect([name, findTelling(onBucket(name, bucket))]).toEqual([name, ["shop-evidence-buckets"]]);
});

it.each([
  onBucket("DeleteBucketPolicy", "shop-backups-of-somebody"),
  onBucket("DeleteBucketPolicy", "my-shop-backups"),
  onBucket("GetBucketPolicy"),
  onBucket("PutObject"),
  onKey("DisableKey", "11111111-89ab-cdef-0123-456789abcdef"),
  onKey("Decrypt", KEY_ARN),
  call("kms", "DeleteAlias", { aliasName: "alias/other" }, ofKey("arn:aws:kms:eu-central-1:111122223333:key/other")),
  call("sns", "DeleteTopic", { topicArn: `${TOPIC_ARN}-of-somebody` }),
  call("sns", "Unsubscribe", { subscriptionArn: `${TOPIC_ARN}-of-somebody:0f0e-0d0c` }),
  call("sns", "Publish", { topicArn: TOPIC_ARN }),
  // Another service's call of the same name.
  call("iot", "DeleteTopic", { topicArn: TOPIC_ARN }),
])("tells nothing of what is not its own: $detail.eventName %#", (event) => {
  expect(findTelling(event)).toEqual([]);
});

it("ThreatDetection alone tells of its topic and key, and of buckets only where there are any", async () => {
  const all = await registrationsOf(() => new aws.ThreatDetection("shop", { ...TAGS, subscribers: SUBSCRIBERS }));
  expect(ofType(all, "aws:cloudwatch/eventRule:EventRule").map(({ name }) => name)).toEqual([
    "shop-evidence",
    "shop-findings",
    "shop-tampering",
  ]);
});

describe("refused once it is known", () => {
  const many = (count: number, format: (at: number) => string) => Array.from({ length: count }, (_, at) => format(at));
  const keys = (count: number) => many(count, (at) => KEY_ARN.replace("01234567", `${10_000_000 + at}`));
  const buckets = (count: number) => many(count, (at) => `${BUCKET_ARN}-${"x".repeat(40)}-${100 + at}`);

  it("as many as fit are taken, and one rule never has more letters than EventBridge takes", () => {
    for (const pattern of [buildTopicPattern({ topicArn: TOPIC_ARN, keyArns: keys(8) }), buildBucketPattern(buckets(28))])
      expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2_048);
  });

  it.each([
    [() => buildTopicPattern({ topicArn: TOPIC_ARN, keyArns: keys(30) }), /guardedKeyArns makes a rule of \d+ letters/],
    [() => buildBucketPattern(buckets(60)), /guardedBucketArns makes a rule of \d+ letters/],
    [() => buildBucketPattern([]), /guardedBucketArns is empty/],
    [() => buildBucketPattern(["arn:aws:s3:::*"]), /guardedBucketArns has/],
    [() => buildTopicPattern({ topicArn: TOPIC_ARN, keyArns: ["*"] }), /guardedKeyArns has/],
  ])("what makes no rule: %#", (build, message) => {
    expect(build).toThrow(message);
    expect(build).toThrow("PAL_BASELINE_SCOPE");
  });
});
