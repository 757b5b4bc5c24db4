import { GUARDING_INPUTS } from "../../../review/change/clouds/baseline/guardingInputs.js";
import { LOST } from "../../../review/change/clouds/baseline/losses.js";
import { READ_AS_A_WHOLE } from "../../../review/change/clouds/baseline/contents.js";
import { OF_ACCOUNT, TYPES } from "../../../review/change/clouds/baseline/types.js";
import { getPath } from "../../../review/change/clouds/baseline/weakening.js";
import { UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import { buildStream, reviewStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";
import { SdkSchema } from "../../../tools/counterparts/providers/sdkSchema.js";

/** What a change takes from a baseline, or opens in it, beyond the labelled changes of the examples. */
const WITHIN = "palisade:aws:SecurityBaseline$palisade:aws:AccessRoles$";
const child = (type: string, inputs: Record<string, unknown>, more: Partial<WrittenResource> = {}): WrittenResource => ({
  type,
  name: "own",
  id: "own-1",
  within: WITHIN,
  inputs,
  ...more,
});
const review = (before: readonly WrittenResource[], after: readonly WrittenResource[], replaced: readonly string[] = []) =>
  reviewStream(buildStream(before, after, { replaced }));
const found = async (...sides: Parameters<typeof review>) =>
  (await review(...sides)).findings.map(({ rule, severity, direction, property }) => [rule, severity, direction, property]);

const trust = (AWS: unknown, more: object = {}) =>
  JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole", ...more }] });
const PIPELINE = "arn:aws:iam::111122223333:role/pipeline";

it.each(Object.keys(LOST))("%s: its loss is told, wherever that is judged", async (type) => {
  const lost = LOST[type];
  expect(await found([child(type, {})], [])).toEqual([[lost?.rule, lost?.severity, lost?.direction, undefined]]);
  const outside = await found([child(type, {}, { within: "" })], []);
  expect(outside).toHaveLength(OF_ACCOUNT.has(type) ? 1 : 0);
});

it("a trail that is recreated is told: nothing is recorded in between", async () => {
  const trail = child(TYPES.trail, { name: "shop" });
  expect(await found([trail], [{ ...trail, inputs: { name: "other" } }], ["own"])).toEqual([
    ["audit-trail-ended", "medium", "destroys", undefined],
  ]);
});

describe("what is read", () => {
  const schemaOf = (type: string) => new SdkSchema(type.startsWith("aws:") ? "@pulumi/aws" : "@pulumi/azure-native");

  it.each([...Object.entries(GUARDING_INPUTS).flatMap(([type, guards]) => guards.map(({ path }) => [type, path] as const))])(
    "of %s is an input of the SDK: %s",
    (type, path) => {
      expect(Object.keys(schemaOf(type).getResource(type).inputs)).toContain(path.split(".")[0]);
    },
  );

  it.each(Object.entries(READ_AS_A_WHOLE))("of %s as a whole are inputs of the SDK", (type, inputs) => {
    const known = Object.keys(schemaOf(type).getResource(type).inputs);
    expect(inputs.filter((input) => !known.includes(input))).toEqual([]);
  });

  it.each(Object.entries(GUARDING_INPUTS).flatMap(([type, guards]) => guards.map(({ path }) => [type, path] as const)))(
    "of %s and known only after the update is not judged, never approved: %s",
    async (type, path) => {
      const withValue = (value: unknown) => child(type, build(path.split("."), value));
      const { verdict, unjudged } = await review([withValue("before")], [withValue(UNKNOWN)]);
      expect([verdict, unjudged.map(({ why }) => why)]).toEqual(["needsReview", [`${path} is known only after the update`]]);
      expect(getPath(withValue(UNKNOWN).inputs, path)).toBe(UNKNOWN);
    },
  );
});

const build = ([name = "", ...rest]: readonly string[], value: unknown): Record<string, unknown> => ({
  [name]: rest.length === 0 ? value : build(rest, value),
});

describe("roles", () => {
  it("of an application are its own: another one may assume it, and may do everything", async () => {
    const before = child(TYPES.role, { assumeRolePolicy: trust(PIPELINE) }, { within: "" });
    const after = { ...before, inputs: { assumeRolePolicy: trust("*") } };
    expect(await found([before], [after])).toEqual([]);
  });

  it("of a component are new for named principals, and never for anybody", async () => {
    expect(await found([], [child(TYPES.role, { assumeRolePolicy: trust(PIPELINE) })])).toEqual([]);
    expect(await found([], [child(TYPES.role, { assumeRolePolicy: trust("arn:aws:iam::111122223333:role/*") })])).toEqual([
      ["role-trust-widened", "high", "opens", "assumeRolePolicy"],
    ]);
  });

  it("may be assumed under a further condition, and not under one less", async () => {
    const factor = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
    const [loose, tight] = [trust(PIPELINE), trust(PIPELINE, factor)].map((assumeRolePolicy) => child(TYPES.role, { assumeRolePolicy }));
    if (loose === undefined || tight === undefined) throw new Error("there are two");
    expect(await found([loose], [tight])).toEqual([]);
    expect(await found([tight], [loose])).toEqual([["role-trust-widened", "medium", "opens", "assumeRolePolicy"]]);
  });

  it.each([
    ["all actions but some", { NotAction: "iam:CreateUser", Resource: "*" }, "high"],
    ["an action by a pattern", { Action: "s3:Get?bject", Resource: "*" }, "high"],
    ["another resource", { Action: "s3:GetObject", Resource: "arn:aws:s3:::other/*" }, "medium"],
    ["all resources but some", { Action: "s3:GetObject", NotResource: "arn:aws:s3:::other/*" }, "medium"],
  ])("may do more: %s", async (_what, statement, severity) => {
    const base = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::shop/*" };
    const policy = (...Statement: object[]) => child(TYPES.rolePolicy, { policy: JSON.stringify({ Statement }) });
    expect(await found([policy(base)], [policy(base, { Effect: "Allow", ...statement })])).toEqual([
      ["role-permissions-widened", severity, "opens", "policy"],
    ]);
    expect(await found([policy(base, { Effect: "Allow", ...statement })], [policy(base)])).toEqual([]);
  });

  it.each([
    ["/subscriptions/0", "medium"],
    ["/providers/Microsoft.Management/managementGroups/all", "high"],
    ["/", "high"],
  ])("are not assigned for %s by a new assignment either", async (scope, severity) => {
    const one = child(TYPES.roleAssignment, { scope, roleDefinitionId: "/r", principalId: "p" });
    expect(await found([], [one])).toContainEqual(["role-permissions-widened", severity, "opens", "scope"]);
  });
});

it("a topic whose last subscriber goes is heard by nobody", async () => {
  const topic = child(TYPES.topic, { name: "shop" }, { name: "topic", id: "arn:aws:sns:eu-central-1:111122223333:shop" });
  const heard = (name: string) =>
    child(
      TYPES.subscription,
      { topic: topic.id, protocol: "email", endpoint: `${name}@example.com` },
      { name, id: `${topic.id ?? ""}:${name}` },
    );
  expect(await found([topic, heard("one"), heard("two")], [topic, heard("one")])).toEqual([
    ["alarms-unheard", "low", "destroys", undefined],
  ]);
  expect(await found([topic, heard("one")], [topic])).toEqual([["alarms-unheard", "medium", "destroys", undefined]]);
});

describe("what still looks the same, and records or tells less", () => {
  const pattern = (more: object, least = 4) => ({
    eventPattern: JSON.stringify({ source: ["aws.guardduty"], detail: { severity: [{ numeric: [">=", least] }], ...more } }),
  });
  const management = { fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] };
  const objects = {
    fieldSelectors: [
      { field: "eventCategory", equals: ["Data"] },
      { field: "resources.ARN", startsWiths: ["arn:aws:s3:::shop/"] },
    ],
  };
  const receiver = (emailAddress: string) => ({ emailReceivers: [{ name: "security", emailAddress }] });
  const condition = (equals: string) => ({ condition: { allOf: [{ field: "operationName", equals }] } });
  const publish = (Service: string) => ({
    policy: JSON.stringify({ Statement: [{ Effect: "Allow", Principal: { Service }, Action: "sns:Publish", Resource: "*" }] }),
  });
  const UNHEARD = "alarms-unheard";

  it.each<[string, string, string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "a pattern that asks for more beside the same severity",
      TYPES.eventRule,
      "threat-detection-weakened",
      pattern({}),
      pattern({ type: ["none"] }),
    ],
    [
      "a trail without selectors that gets those of objects",
      TYPES.trail,
      "audit-trail-weakened",
      {},
      { advancedEventSelectors: [objects] },
    ],
    [
      "a trail without selectors that gets one without management events",
      TYPES.trail,
      "audit-trail-weakened",
      {},
      { eventSelectors: [{ readWriteType: "All", includeManagementEvents: false }] },
    ],
    ["a receiver's address", TYPES.actionGroup, UNHEARD, receiver("security@example.com"), receiver("nobody@example.com")],
    ["a subscriber's address", TYPES.subscription, UNHEARD, { endpoint: "a@example.com" }, { endpoint: "b@example.com" }],
    ["a subscriber's filter", TYPES.subscription, UNHEARD, {}, { filterPolicy: '{"never":["so"]}' }],
    ["a contact's address", TYPES.contact, UNHEARD, { emails: "a@example.com;b@example.com" }, { emails: "b@example.com;c@example.com" }],
    [
      "what a contact is told",
      TYPES.contact,
      UNHEARD,
      { notificationsSources: [{ sourceType: "Alert", minimalSeverity: "Medium" }] },
      { notificationsSources: [{ sourceType: "Alert", minimalSeverity: "High" }] },
    ],
    ["an alert's condition", TYPES.activityAlert, "threat-detection-weakened", condition("vaults/delete"), condition("never")],
    [
      "an alert's receivers",
      TYPES.activityAlert,
      "threat-detection-weakened",
      { actions: { actionGroups: [{ actionGroupId: "/a" }] } },
      { actions: {} },
    ],
    [
      "an alert's scopes",
      TYPES.activityAlert,
      "threat-detection-weakened",
      { scopes: ["/subscriptions/1"] },
      { scopes: ["/subscriptions/2"] },
    ],
    [
      "a topic that EventBridge no longer publishes to",
      TYPES.topicPolicy,
      UNHEARD,
      publish("events.amazonaws.com"),
      { policy: '{"Statement":[]}' },
    ],
    [
      "a bucket that the trail no longer writes to",
      TYPES.bucketPolicy,
      "audit-trail-weakened",
      publish("cloudtrail.amazonaws.com"),
      { policy: '{"Statement":[]}' },
    ],
    ["a role with policies inside", TYPES.role, "role-permissions-widened", {}, { inlinePolicies: [{ policy: "{}" }] }],
    [
      "a role with policies of AWS",
      TYPES.role,
      "role-permissions-widened",
      {},
      { managedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"] },
    ],
  ])("%s", async (_what, type, rule, before, after) => {
    const rules = (await found([child(type, before)], [child(type, after)])).map(([one]) => one);
    expect(rules).toEqual([rule]);
    expect(await found([child(type, before)], [child(type, { ...before, tags: { owner: "other" } })])).toEqual([]);
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ["a lower severity", TYPES.eventRule, pattern({}), pattern({}, 1)],
    ["objects beside management events", TYPES.trail, {}, { advancedEventSelectors: [management, objects] }],
    ["management events by a selector", TYPES.trail, {}, { eventSelectors: [{ includeManagementEvents: true }] }],
    ["one receiver more", TYPES.actionGroup, { emailReceivers: [] }, receiver("security@example.com")],
    ["one contact more", TYPES.contact, { emails: "a@example.com" }, { emails: "b@example.com;a@example.com" }],
    ["a filter less", TYPES.subscription, { filterPolicy: '{"only":["so"]}' }, {}],
  ])("is not: %s", async (_what, type, before, after) => {
    expect(await found([child(type, before)], [child(type, after)])).toEqual([]);
  });

  it("says no address of a subscriber, which may bear a token", async () => {
    const at = (token: string) => child(TYPES.subscription, { protocol: "https", endpoint: `https://example.com/${token}` });
    expect(JSON.stringify(await review([at("first-token")], [at("second-token")]))).not.toMatch(/(?:first|second)-token/);
  });
});

it.each(
  Object.entries(READ_AS_A_WHOLE).flatMap(([type, inputs]) =>
    type.startsWith("aws:") && /policy/i.test(inputs[0] ?? "")
      ? ["no policy", { Statement: [] }].map((value) => [type, inputs[0] ?? "", value] as const)
      : [],
  ),
)("of %s what is no policy is not judged, never approved: %s %j", async (type, input, value) => {
  const [before, after] = [child(type, { [input]: '{"Statement":[]}' }), child(type, { [input]: value })];
  for (const sides of [[before], []]) {
    const { verdict, unjudged } = await review(sides, [after]);
    expect(verdict).toBe("needsReview");
    expect(unjudged.map(({ why }) => why)).toContain(`${input} is no policy that can be read`);
  }
});

describe("an assignment of a role", () => {
  const GROUP = "/subscriptions/0/resourceGroups/shop";
  const assigned = (more: object) => child(TYPES.roleAssignment, { scope: GROUP, roleDefinitionId: "/r", principalId: "p", ...more });

  it.each([
    ["somebody else", { principalId: "other" }, "principalId"],
    ["something else as large", { scope: "/subscriptions/0/resourceGroups/other" }, "scope"],
    ["what only begins alike", { scope: `${GROUP}s/providers/Microsoft.KeyVault/vaults/v` }, "scope"],
    ["another role", { roleDefinitionId: "/owner" }, "roleDefinitionId"],
  ])("is told when it is for %s", async (_what, more, property) => {
    const told = await found([assigned({})], [assigned(more)], ["own"]);
    expect(told).toEqual([["role-permissions-widened", "medium", "opens", property]]);
  });

  it("is not told when it is for less", async () => {
    const less = assigned({ scope: `${GROUP.toUpperCase()}/providers/Microsoft.KeyVault/vaults/v` });
    expect(await found([assigned({})], [less], ["own"])).toEqual([]);
  });
});

describe("what is declared beside a component, for what the component made,", () => {
  const bucket = child(TYPES.bucket, {}, { name: "logs", id: "shop-logs" });
  const beside = (type: string, inputs: Record<string, unknown>, more: Partial<WrittenResource> = {}) =>
    child(type, inputs, { within: "", name: "beside", ...more });

  it.each([
    [TYPES.bucketPolicy, "bucket", "logs-exposed"],
    [TYPES.bucketLifecycle, "bucket", "logs-exposed"],
    [TYPES.publicAccessBlock, "bucket", "logs-exposed"],
    [TYPES.topicPolicy, "arn", "alarm-topic-widened"],
    [TYPES.rolePolicy, "role", "role-permissions-widened"],
    ["aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", "role-permissions-widened"],
  ])("is told, by its id or by where that comes from: %s", async (type, input, rule) => {
    const told = [[rule, "medium", "opens", input]];
    expect(await found([bucket], [bucket, beside(type, { [input]: "shop-logs" })])).toEqual(told);
    expect(await found([], [bucket, beside(type, { [input]: UNKNOWN }, { origins: { [input]: ["logs"] } })])).toEqual(told);
    expect(await found([bucket], [bucket, beside(type, { [input]: "another" })])).toEqual([]);
  });
});

it("the same resource under another name, taken out of its component, still counts as the component's", async () => {
  const before = child(TYPES.publicAccessBlock, { blockPublicAcls: true });
  const { events, state, plan } = buildStream([before], [{ ...before, inputs: { blockPublicAcls: false } }]);
  const moved = (text: string) => text.replaceAll(`::${WITHIN}`, "::");
  // The state keeps the URN that it had; the engine tells of the new one, with the old one beside it.
  const renamed = events.map((line) => {
    const event = JSON.parse(moved(line)) as Record<string, { metadata?: { old?: { urn: string }; urn: string } }>;
    for (const part of Object.values(event))
      if (part.metadata?.old) part.metadata.old.urn = `urn:pulumi:dev::shop::${WITHIN}${before.type}::own`;
    return JSON.stringify(event);
  });
  const { findings } = await reviewStream({ events: renamed, state, plan: moved(plan) });
  expect(findings.map(({ rule }) => rule)).toContain("logs-exposed");
});
