import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  type EventBridgeClient,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type RuleState,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import type { KindDouble } from "../providerDouble.js";
import { findText, type Properties } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { computeTagChanges, refreshRecorded, toTags } from "./refresh.js";
import { allowOnly, refuseInvalidJson } from "./validation.js";

const toTagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** `aws:cloudwatch/eventRule:EventRule` by calls of EventBridge. */
export const createEventRuleKind = (events: EventBridgeClient, region: string): KindDouble => ({
  replacedBy: ["name"],
  autoName: { input: "name", make: (name, random) => `${name}-${random.slice(0, 7)}` },
  defaults: { state: "ENABLED" },
  validate: (inputs) => [
    ...allowOnly("description", "eventPattern", "name", "region", "state", "tags")(inputs),
    ...refuseInvalidJson("eventPattern", inputs),
  ],
  create: async (inputs) => {
    await putRule(events, inputs, toTagList(toTags(inputs["tags"])));
    return findText(inputs["name"]) ?? "";
  },
  read: async (Name) => {
    const rule = await ignoreNotFound(events.send(new DescribeRuleCommand({ Name })));
    if (rule === undefined) return undefined;
    const { Tags = [] } = await events.send(new ListTagsForResourceCommand({ ResourceARN: rule.Arn }));
    const tags = Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
    const said = { description: rule.Description, eventPattern: rule.EventPattern, state: rule.State };
    return { arn: rule.Arn, eventBusName: rule.EventBusName, name: Name, region, ...said, tags, tagsAll: tags };
  },
  update: async (_, inputs, live) => {
    await putRule(events, inputs, undefined);
    const ResourceARN = findText(live["arn"]);
    const { set, removed } = computeTagChanges(live["tags"], inputs["tags"]);
    if (removed.length > 0) await events.send(new UntagResourceCommand({ ResourceARN, TagKeys: removed }));
    if (Object.keys(set).length > 0) await events.send(new TagResourceCommand({ ResourceARN, Tags: toTagList(set) }));
  },
  delete: async (Name) => {
    await ignoreNotFound(events.send(new DeleteRuleCommand({ Name })));
  },
  refreshInputs: refreshRecorded,
});

async function putRule(events: EventBridgeClient, inputs: Properties, Tags: ReturnType<typeof toTagList> | undefined): Promise<void> {
  await events.send(
    new PutRuleCommand({
      Name: findText(inputs["name"]),
      Description: findText(inputs["description"]),
      EventPattern: findText(inputs["eventPattern"]),
      State: inputs["state"] as RuleState,
      Tags,
    }),
  );
}

/** `aws:cloudwatch/eventTarget:EventTarget` by calls of EventBridge. */
export const createEventTargetKind = (events: EventBridgeClient, region: string): KindDouble => {
  const put = async (inputs: Properties): Promise<void> => {
    const target = { Id: findText(inputs["targetId"]), Arn: findText(inputs["arn"]) };
    await events.send(new PutTargetsCommand({ Rule: findText(inputs["rule"]), Targets: [target] }));
  };
  const parse = (id: string) => ({ rule: id.split("/")[0] ?? "", targetId: id.split("/")[1] ?? "" });
  return {
    replacedBy: ["rule", "targetId"],
    autoName: { input: "targetId", make: (name, random) => `${name}-${random.slice(0, 7)}` },
    validate: allowOnly("arn", "region", "rule", "targetId"),
    create: async (inputs) => {
      await put(inputs);
      return `${findText(inputs["rule"]) ?? ""}/${findText(inputs["targetId"]) ?? ""}`;
    },
    read: async (id) => {
      const { rule, targetId } = parse(id);
      const listed = await ignoreNotFound(events.send(new ListTargetsByRuleCommand({ Rule: rule })));
      const found = listed?.Targets?.find(({ Id }) => Id === targetId);
      return found && { arn: found.Arn, eventBusName: "default", region, rule, targetId };
    },
    update: (_, inputs) => put(inputs),
    delete: async (id) => {
      const { rule, targetId } = parse(id);
      await ignoreNotFound(events.send(new RemoveTargetsCommand({ Rule: rule, Ids: [targetId] })));
    },
    refreshInputs: refreshRecorded,
  };
};
