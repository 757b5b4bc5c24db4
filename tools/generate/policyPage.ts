import { controls } from "../../policy/controls/index.js";
import type { Control } from "../../policy/control.js";
import { ISO27001, SOC2 } from "../../contract/frameworks.js";
import { escapeCell, HEAD } from "./pages.js";

/** docs/policy.md */
export const renderPolicyPage = (): string => `${HEAD}
# Controls of the policy pack

How to run it, what its levels mean and how to set them: [guides/policy.md](guides/policy.md).

| control | level | severity | requires | SOC 2 | ISO 27001:2022 |
|---|---|---|---|---|---|
${controls
  .map(
    ({ id, level, severity, requires, soc2, iso27001 }) =>
      `| [\`${id}\`](#${id}) | ${level} | ${severity} | ${escapeCell(requires)} | ${soc2.join(", ")} | ${iso27001.join(", ")} |`,
  )
  .join("\n")}

${controls.map(renderSection).join("\n\n")}

## Clauses

A control gives evidence for a clause; it fulfils none by itself.

| clause | is about |
|---|---|
${Object.entries(SOC2)
  .map(([clause, about]) => `| SOC 2 ${clause} | ${about} |`)
  .join("\n")}
${Object.entries(ISO27001)
  .map(([clause, about]) => `| ISO 27001:2022 ${clause} | ${about} |`)
  .join("\n")}
`;

const renderSection = ({ id, requires, why, remedy, kinds, scope, settings = {} }: Control): string => `## ${id}

${requires} ${why}

Looks at ${formatKinds(kinds)}${scope === "stack" ? ", all resources of the stack together" : ""}. ${remedy}${Object.entries(settings)
  .map(([name, setting]) => `\n\nSetting \`${name}\` (default \`${setting.default}\`): ${setting.description}`)
  .join("")}`;

function formatKinds(kinds: Control["kinds"]): string {
  if (kinds === "every type") return "every resource";
  return ("types" in kinds ? kinds.types : kinds).map((kind) => `\`${kind}\``).join(", ");
}

const LEVELS = ["advisory", "mandatory", "disabled"] as const;

/** policy-pack/config.schema.json: the whole file that `--policy-pack-config` takes. */
export const buildPolicyConfigSchema = (): object => ({
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Configuration of the policy pack @palisade/neon/policy",
  type: "object",
  additionalProperties: false,
  properties: {
    all: { description: "The level of every control that is not named.", enum: LEVELS },
    ...Object.fromEntries(controls.map((control) => [control.id, buildControlSchema(control)])),
  },
});

function buildControlSchema({ requires, level, settings = {}, scope }: Control): object {
  const enforcementLevel = { description: `Default: ${level}.`, enum: scope === "text" ? [...LEVELS, "remediate"] : LEVELS };
  const properties = { enforcementLevel, ...settings };
  return { description: requires, anyOf: [enforcementLevel, { type: "object", additionalProperties: false, properties }] };
}
