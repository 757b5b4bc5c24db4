import { CCPA, GDPR, ISO27001, ISO27701, PRIVACY, type PrivacyMeasure, SOC2 } from "../../contract/frameworks.js";
import { PROMISES } from "../../contract/promises.js";
import { DEADLINE_DAYS } from "../../review/posture/deadlines.js";
import { buildPolicyRows, buildPostureRows, COMPONENTS, type ComplianceRow, listControlsOf } from "./complianceRows.js";
import { escapeCell, HEAD } from "./pages.js";

/** docs/compliance.md */
export const renderCompliancePage = (): string => `${HEAD}
# Compliance

Which control is checked by what, what is left as evidence, and which clauses it is evidence for. A control gives evidence for a clause; it fulfils
none by itself, and nobody has audited this project. What only the embedded plane has is no control at Neon, and is said to be an extension.

How to make the page and its evidence: [guides/posture.md](guides/posture.md). Findings are to be put right within ${DEADLINE_DAYS.high} days
(high), ${DEADLINE_DAYS.medium} (medium) or ${DEADLINE_DAYS.low} (low), counted from the first run that found them,
or from when a scanner of a cloud saw them first.

## Promises

What Neon says of its security in public, in our words, and the command of a clone that shows what became of it here (\`palisade\` is \`npx palisade\`).

| row | promise | shown by | controls |
|---|---|---|---|
${PROMISES.map(
  ({ row, promise, shownBy, missing }) =>
    `| ${row} | ${escapeCell(promise)} | ${shownBy.map((command) => `\`${command}\``).join(", ")}${missing === undefined ? "" : ` (not in this build: ${missing})`} | ${formatIds(listControlsOf(row))} |`,
).join("\n")}

## Controls of what is live

Judged by what the API answers, whoever made it. A fact that could not be observed is not known, and never green.

${renderControls(buildPostureRows())}

## Controls of what a program declares

Judged before anything is done: [policy.md](policy.md).

${renderControls(buildPolicyRows())}

## Components that keep to them

| component | from | makes | promises | controls |
|---|---|---|---|---|
${COMPONENTS.map(
  ({ name, from, makes, promises, controls }) => `| \`${name}\` | ${from} | ${makes} | ${promises.join(", ")} | ${formatIds(controls)} |`,
).join("\n")}

## Why a clause about personal data applies

The laws name no address lists and no keys: each line rests on one sentence.

| a control that is about | gives evidence for | because |
|---|---|---|
${Object.entries<PrivacyMeasure>(PRIVACY)
  .map(
    ([name, { iso27701, gdpr, ccpa, because }]) =>
      `| ${name} | ${[...iso27701.map((clause) => `ISO 27701 ${clause}`), ...gdpr.map((clause) => `GDPR ${clause}`), ...ccpa.map((clause) => `CCPA ${clause}`)].join(", ")} | ${because} |`,
  )
  .join("\n")}

## Clauses

ISO/IEC 27701 is numbered as in its edition of 2019. All in our words, but for the titles of ISO/IEC 27001.

| clause | is about |
|---|---|
${Object.entries({ "SOC 2": SOC2, "ISO 27001:2022": ISO27001, "ISO 27701:2019": ISO27701, GDPR, CCPA })
  .flatMap(([framework, clauses]) => Object.entries(clauses).map(([clause, about]) => `| ${framework} ${clause} | ${about} |`))
  .join("\n")}
`;

const formatIds = (ids: readonly string[]): string => (ids.length === 0 ? "none" : ids.map((id) => `\`${id}\``).join(", "));

const renderControls = (
  rows: readonly ComplianceRow[],
): string => `| control | severity | requires | check | evidence | SOC 2 | ISO 27001 | ISO 27701 | GDPR | CCPA | promises |
|---|---|---|---|---|---|---|---|---|---|---|
${rows
  .map(({ id, severity, requires, check, evidence, soc2, iso27001, privacy, promises }) => {
    const { iso27701, gdpr, ccpa }: PrivacyMeasure = privacy === undefined ? NONE : PRIVACY[privacy];
    const clauses = [soc2, iso27001, iso27701, gdpr, ccpa].map((all) => all.join(", "));
    return `| \`${id}\` | ${severity} | ${escapeCell(requires)} | ${check} | ${evidence} | ${clauses.join(" | ")} | ${promises.join(", ")} |`;
  })
  .join("\n")}`;

const NONE: PrivacyMeasure = { iso27701: [], gdpr: [], ccpa: [], because: "" };
