import { findDifference } from "../../policy/guard.js";
import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";

const judged = { inputs: { name: "shop", network: { allow: "listed", ranges: ["203.0.113.0/24"] } }, protect: true, ignoreChanges: [] };
const actual = { props: structuredClone(judged.inputs) as Record<string, unknown>, protect: true, ignoreChanges: [] };

test("what was judged passes", () => {
  expect(findDifference(judged, actual)).toBeUndefined();
});

test.each([
  ["a resource that was not judged", undefined, actual, "not part of the change"],
  ["another value", judged, { ...actual, props: { ...actual.props, name: "other" } }, "name is not"],
  [
    "one range more",
    judged,
    { ...actual, props: { ...actual.props, network: { allow: "listed", ranges: ["203.0.113.0/24", "::/0"] } } },
    "network is not",
  ],
  ["an input more", judged, { ...actual, props: { ...actual.props, adopt: "quiet-lake-1" } }, "adopt is not"],
  ["an input less", judged, { ...actual, props: { name: "shop" } }, "network is not"],
  ["a list for an object", judged, { ...actual, props: { ...actual.props, network: [] } }, "network is not"],
  ["protect taken off", judged, { ...actual, protect: false }, "protect is not"],
  ["a change ignored", judged, { ...actual, ignoreChanges: ["network"] }, "ignoreChanges is not"],
  ["something unknown that was known", judged, { ...actual, props: { ...actual.props, name: UNKNOWN } }, "name is not"],
] as const)("%s is refused", (_what, one, other, words) => {
  expect(findDifference(one, other)).toContain(words);
});

test("what was unknown or secret when it was judged may be anything", () => {
  const open = { ...judged, inputs: { name: UNKNOWN, network: { allow: "listed", ranges: [UNKNOWN, "[secret]"] } } };
  const later = { ...actual, props: { name: "shop", network: { allow: "listed", ranges: ["192.0.2.1", "192.0.2.2"] } } };
  expect(findDifference(open, later)).toBeUndefined();
});
