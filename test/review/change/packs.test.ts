import { judgePackConfig, parsePackConfig } from "../../../review/change/packConfig.js";

const found = (before: object, after: object) =>
  judgePackConfig(
    "policy.json",
    parsePackConfig(JSON.stringify(before), "policy.json"),
    parsePackConfig(JSON.stringify(after), "policy.json"),
  ).map(({ severity, direction, before: was, after: is }) => [severity, direction, was, is]);

test.each([
  ["a level that falls", { a: "mandatory" }, { a: "advisory" }, ["high", "opens", "a: mandatory", "a: advisory"]],
  [
    "in the long form",
    { a: { enforcementLevel: "mandatory" } },
    { a: { enforcementLevel: "disabled" } },
    ["high", "opens", "a: mandatory", "a: disabled"],
  ],
  ["a policy turned off that was left to the pack", {}, { a: "disabled" }, ["high", "opens", "a: the pack's own level", "a: disabled"]],
  ["all at once", {}, { all: "advisory" }, ["high", "opens", "all: the pack's own level", "all: advisory"]],
  ["other settings", { a: { days: 7 } }, { a: { days: 3 } }, ["medium", "unknown", 'a: {"days":7}', 'a: {"days":3}']],
])("finds %s", (_what, before, after, finding) => {
  expect(found(before, after)).toEqual([finding]);
});

test.each([
  ["the same, written otherwise", { a: "mandatory" }, { a: { enforcementLevel: "mandatory" } }],
  ["a level that rises", { a: "advisory" }, { a: "mandatory" }],
  ["a policy left to the pack again", { a: "disabled" }, {}],
  ["settings in another order", { a: { days: 7, hours: 1 } }, { a: { hours: 1, days: 7 } }],
  ["a level that comes from all", { all: "advisory", a: "advisory" }, { all: "advisory" }],
])("says nothing of %s", (_what, before, after) => {
  expect(found(before, after)).toEqual([]);
});

test("a policy that was mandatory and is left to a pack whose levels are not known needs a look", () => {
  expect(found({ a: "mandatory" }, {})).toEqual([["medium", "unknown", "a: mandatory", "a: the pack's own level"]]);
  expect(found({ all: "mandatory" }, {})).toEqual([["medium", "unknown", "all: mandatory", "all: the pack's own level"]]);
});

describe("of a pack whose own levels are known, the level in force counts", () => {
  const OWN = { "hipaa-enabled": "advisory", "copies-expire": "advisory", "list-narrow": "mandatory" };
  const inForce = (before: object, after: object) =>
    judgePackConfig("policy.json", parsePackConfig(JSON.stringify(before), ""), parsePackConfig(JSON.stringify(after), ""), OWN).map(
      ({ severity, before: earlier, after: later }) => [severity, earlier, later],
    );

  test.each([
    ["a control that is set to its own level", {}, { "list-narrow": "mandatory" }],
    ["one that is made stricter", {}, { "copies-expire": "mandatory" }],
    ["all of them made stricter", {}, { all: "mandatory" }],
    ["a level taken out that the control has by itself", { "list-narrow": "mandatory" }, {}],
    ["a level of all that each control has named for itself", { all: "advisory" }, { "list-narrow": "advisory" }],
  ])("%s asks no less", (_, before, after) => {
    expect(inForce(before, after)).toEqual([]);
  });

  test.each([
    [
      "a mandatory control left to its own advice",
      { "hipaa-enabled": "mandatory" },
      {},
      "hipaa-enabled: mandatory",
      "hipaa-enabled: advisory",
    ],
    [
      "all, no longer mandatory",
      { all: "mandatory", "hipaa-enabled": "advisory" },
      {},
      "copies-expire: mandatory",
      "copies-expire: advisory",
    ],
    ["all, now advice", {}, { all: "advisory" }, "list-narrow: mandatory", "list-narrow: advisory"],
  ])("%s asks less", (_, before, after, earlier, later) => {
    expect(inForce(before, after)).toEqual([["high", earlier, later]]);
  });
});

test("environments of a configuration are none of its policies", () => {
  expect(found({ environments: ["a"], x: "mandatory" }, { environments: ["a"], x: "mandatory" })).toEqual([]);
  expect(found({ environments: ["a"] }, { environments: ["b"] })).toEqual([
    ["medium", "unknown", 'environments: ["a"]', 'environments: ["b"]'],
  ]);
});

test.each(["", "[]", '"x"', '{"a":1}'])("refuses %j", (text) => {
  expect(() => parsePackConfig(text, "policy.json")).toThrow("policy.json is not a policy pack configuration");
});
