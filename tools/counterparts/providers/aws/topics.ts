import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import type { KindDouble } from "../providerDouble.js";
import { findText } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { computeTagChanges, refreshRecorded, toTags } from "./refresh.js";
import { allowOnly, refuseInvalidJson } from "./validation.js";

const toTagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const findAttributes = async (sns: SNSClient, TopicArn: string) =>
  (await ignoreNotFound(sns.send(new GetTopicAttributesCommand({ TopicArn }))))?.Attributes;

/** `aws:sns/topic:Topic` by calls of SNS. */
export const createTopicKind = (sns: SNSClient, region: string): KindDouble => ({
  replacedBy: ["name"],
  autoName: { input: "name", make: (name, random) => `${name}-${random.slice(0, 7)}` },
  validate: allowOnly("kmsMasterKeyId", "name", "region", "tags"),
  create: async (inputs) => {
    const Attributes = { KmsMasterKeyId: findText(inputs["kmsMasterKeyId"]) ?? "" };
    const call = { Name: findText(inputs["name"]), Attributes, Tags: toTagList(toTags(inputs["tags"])) };
    return (await sns.send(new CreateTopicCommand(call))).TopicArn ?? "";
  },
  read: async (id) => {
    const found = await findAttributes(sns, id);
    if (found === undefined) return undefined;
    const { Tags = [] } = await sns.send(new ListTagsForResourceCommand({ ResourceArn: id }));
    const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
    const own = { arn: id, name: id.split(":").at(-1), owner: found["Owner"], policy: found["Policy"], region };
    return { ...own, kmsMasterKeyId: found["KmsMasterKeyId"] ?? "", tags, tagsAll: tags };
  },
  update: async (TopicArn, inputs, live) => {
    const AttributeValue = findText(inputs["kmsMasterKeyId"]) ?? "";
    if (AttributeValue !== (live["kmsMasterKeyId"] ?? ""))
      await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "KmsMasterKeyId", AttributeValue }));
    const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
    if (removed.length > 0) await sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: removed }));
    if (Object.keys(set).length > 0) await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: toTagList(set) }));
  },
  delete: async (TopicArn) => {
    await ignoreNotFound(sns.send(new DeleteTopicCommand({ TopicArn })));
  },
  refreshInputs: refreshRecorded,
});

/** `aws:sns/topicPolicy:TopicPolicy` by calls of SNS. Without it a topic is its account's. */
export const createTopicPolicyKind = (sns: SNSClient, region: string): KindDouble => {
  const setPolicy = async (TopicArn: string, policy: unknown) => {
    await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue: findText(policy) }));
  };
  return {
    replacedBy: ["arn"],
    validate: (inputs) => [...allowOnly("arn", "policy", "region")(inputs), ...refuseInvalidJson("policy", inputs)],
    create: async ({ arn, policy }) => {
      await setPolicy(findText(arn) ?? "", policy);
      return findText(arn) ?? "";
    },
    read: async (id) => {
      const found = await findAttributes(sns, id);
      return found && { arn: id, owner: found["Owner"], policy: found["Policy"], region };
    },
    update: (id, { policy }) => setPolicy(id, policy),
    delete: async (id, { owner }) => {
      const Condition = { StringEquals: { "AWS:SourceOwner": owner } };
      const own = { Effect: "Allow", Principal: { AWS: "*" }, Action: ["SNS:Publish", "SNS:Subscribe"], Resource: id, Condition };
      await ignoreNotFound(setPolicy(id, JSON.stringify({ Version: "2008-10-17", Statement: [own] })));
    },
    refreshInputs: refreshRecorded,
  };
};

/** `aws:sns/topicSubscription:TopicSubscription` by calls of SNS. ministack confirms e-mail by itself. */
export const createTopicSubscriptionKind = (sns: SNSClient, region: string): KindDouble => ({
  replacedBy: ["endpoint", "protocol", "topic"],
  validate: (inputs) => [
    ...allowOnly("endpoint", "protocol", "region", "topic")(inputs),
    // ministack would send to it.
    ...(inputs["protocol"] === "email" ? [] : [{ property: "protocol", reason: "the double of aws takes email alone" }]),
  ],
  create: async ({ topic, protocol, endpoint }) => {
    const call = { TopicArn: findText(topic), Protocol: findText(protocol), Endpoint: findText(endpoint), ReturnSubscriptionArn: true };
    return (await sns.send(new SubscribeCommand(call))).SubscriptionArn ?? "";
  },
  read: async (id) => {
    const TopicArn = id.slice(0, id.lastIndexOf(":"));
    const listed = await ignoreNotFound(sns.send(new ListSubscriptionsByTopicCommand({ TopicArn })));
    const found = listed?.Subscriptions?.find(({ SubscriptionArn }) => SubscriptionArn === id);
    return found && { arn: id, endpoint: found.Endpoint, protocol: found.Protocol, region, topic: TopicArn };
  },
  update: () => Promise.resolve(),
  delete: async (SubscriptionArn) => {
    await ignoreNotFound(sns.send(new UnsubscribeCommand({ SubscriptionArn })));
  },
  refreshInputs: refreshRecorded,
});
