import { comparePatterns } from "../../../review/change/clouds/baseline/eventPatterns.js";

/** What a change of a rule's pattern takes from what is told. */

const CALLS = { "detail-type": ["AWS API Call via CloudTrail"], detail: { eventName: ["DeleteTopic", "Unsubscribe"] } };
const EITHER = { detail: { $or: [{ eventName: ["DeleteTopic"] }, { eventName: ["DisableKey"], resources: { ARN: ["a", "b"] } }] } };
const tells = (before: object | string, after: object | string): boolean => {
  const [was, is] = [before, after].map((one) => ({ eventPattern: typeof one === "string" ? one : JSON.stringify(one) }));
  return comparePatterns(was ?? {}, is ?? {}).length > 0;
};

it.each([
  ["a value more", CALLS, { ...CALLS, detail: { eventName: ["Unsubscribe", "DeleteTopic", "AddPermission"] } }],
  ["a field less", CALLS, { detail: CALLS.detail }],
  ["an alternative more", EITHER, { detail: { $or: [...EITHER.detail.$or, { eventName: ["Publish"] }] } }],
  ["no alternatives any more", EITHER, { detail: {} }],
  ["the same", CALLS, CALLS],
])("lets through what tells no less: %s", (_what, before, after) => {
  expect(tells(before, after)).toBe(false);
});

it.each([
  ["a value less", CALLS, { ...CALLS, detail: { eventName: ["DeleteTopic"] } }],
  ["a field more", CALLS, { ...CALLS, region: ["eu-central-1"] }],
  ["a field more inside", CALLS, { ...CALLS, detail: { ...CALLS.detail, userIdentity: { type: ["Root"] } } }],
  ["a field by the name of an object's own", CALLS, JSON.stringify(CALLS).replace("{", '{"__proto__":["x"],')],
  ["an alternative less", EITHER, { detail: { $or: EITHER.detail.$or.slice(1) } }],
  ["a value less in an alternative", EITHER, JSON.stringify(EITHER).replace('["a","b"]', '["a"]')],
  ["no alternatives at all", EITHER, { detail: { $or: [] } }],
  ["alternatives where there were none", CALLS, { ...CALLS, detail: { ...CALLS.detail, $or: [{ readOnly: [false] }] } }],
  ["a list that is none", CALLS, { ...CALLS, detail: { eventName: "DeleteTopic" } }],
  ["no pattern", CALLS, "nothing"],
  ["no object", CALLS, "null"],
  // Who reads it decides which of the two counts.
  ["a name that stands there twice", CALLS, JSON.stringify(CALLS).replace('"detail":', '"detail":{"eventName":["Publish"]},"detail":')],
])("tells of what may tell less: %s", (_what, before, after) => {
  expect(tells(before, after)).toBe(true);
});
