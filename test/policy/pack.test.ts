import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import Ajv from "ajv";
import { controls } from "../../policy/controls/index.js";
import { policies, addDefaultLevels } from "../../policy/index.js";

const ROOT = resolve(__dirname, "../..");
const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Record<string, unknown>;

it("each control is one policy, with its level, its clauses and its settings", () => {
  const made = policies();
  expect(made.map(({ name }) => name)).toEqual(controls.map(({ id }) => id));
  expect(new Set(made.map(({ name }) => name)).size).toBe(made.length);
  const retained = made.find(({ name }) => name === "history-retained");
  expect(retained).toMatchObject({
    enforcementLevel: "mandatory",
    severity: "medium",
    tags: ["soc2:A1.2", "iso27001:A.8.13"],
    configSchema: { properties: { days: { type: "integer", default: 7 } } },
  });
});

it("the shipped pack has the package's version, which Pulumi reports", () => {
  expect(json("policy-pack/package.json")["version"]).toBe(json("package.json")["version"]);
});

describe("a configuration in the pack", () => {
  it("keeps the level of a control whose limit it moves: without a level Pulumi would take it as advice", () => {
    expect(addDefaultLevels({ "history-retained": { days: 30 }, "audit-level": "advisory", all: "mandatory" })).toEqual({
      "history-retained": { enforcementLevel: "mandatory", days: 30 },
      "audit-level": "advisory",
      all: "mandatory",
    });
    expect(addDefaultLevels({ "stored-text": { enforcementLevel: "disabled" } })).toEqual({
      "stored-text": { enforcementLevel: "disabled" },
    });
  });

  it("with a name that is no control is refused", () => {
    expect(() => addDefaultLevels({ "netwrok-not-open": "mandatory" })).toThrow(
      'The policy pack has no control of this name: "netwrok-not-open". Correct it in the configuration: docs/policy.md lists them all [PAL_NO_CONTROL]',
    );
  });
});

describe("the schema for --policy-pack-config", () => {
  const valid = new Ajv({ strict: false, formats: { regex: true } }).compile(json("policy-pack/config.schema.json"));

  it.each([
    json("examples/11-policy-weak/policy-config.json"),
    json("examples/12-policy-hardened/policy-config.json"),
    { all: "advisory", "network-not-open": "mandatory", "history-retained": { enforcementLevel: "mandatory", days: 30 } },
    { "stored-text": "remediate" },
  ])("takes %j", (config) => {
    expect(valid(config)).toBe(true);
  });

  it.each([
    { "netwrok-not-open": "mandatory" },
    { "network-not-open": "strict" },
    { "network-not-open": "remediate" },
    { "history-retained": { day: 30 } },
    { "history-retained": { days: 31 } },
    { "audit-level": { least: "most" } },
  ])("refuses %j", (config) => {
    expect(valid(config)).toBe(false);
  });
});
