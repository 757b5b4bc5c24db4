import { packFindings, readPackConfig } from "../../../review/change/packs.js";

const found = (before: object, after: object) =>
  packFindings(
    "policy.json",
    readPackConfig(JSON.stringify(before), "policy.json"),
    readPackConfig(JSON.stringify(after), "policy.json"),
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

test.each(["", "[]", '"x"', '{"a":1}'])("refuses %j", (text) => {
  expect(() => readPackConfig(text, "policy.json")).toThrow("policy.json is no configuration of a policy pack");
});
