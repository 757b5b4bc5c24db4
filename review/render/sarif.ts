import { createHash } from "node:crypto";
import type { Severity } from "../../contract/findings.js";
import type { ChangeFinding } from "../change/finding.js";
import { getUrnName } from "../change/change.js";
import { escapeForTerminal } from "../terminalText.js";
import { renderJson, type ReviewJson } from "./json.js";
import { type Origin, type Place, toPlace } from "./place.js";
import { getRuleText } from "./ruleTexts.js";
import { formatChange } from "./phrases.js";

const LEVELS: Record<Severity, "error" | "warning" | "note"> = { high: "error", medium: "warning", low: "note" };
/** What could not be judged is a result too: it must be seen where only results are looked at. */
const NOT_JUDGED = "not-judged";

/** SARIF 2.1.0 (OASIS), one run; each stack is a category of its own (`automationDetails.id`), so that stacks do not replace each other. */
export function toSarif(review: ReviewJson, origin: Pick<Origin, "folder" | "version">): string {
  const { stack, verdict, advisory, findings, unjudged, notJudged, counts } = review;
  const rules = [...new Set([...findings.map(({ rule }) => rule), ...(unjudged.length > 0 ? [NOT_JUDGED] : [])])];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "Palisade", version: origin.version, rules: rules.map(toRule) } },
        automationDetails: { id: `palisade-review/${encodePath(stack)}/` },
        columnKind: "utf16CodeUnits",
        results: [
          ...findings.map((finding) => ({ ...toResult(finding, origin), ruleIndex: rules.indexOf(finding.rule) })),
          ...unjudged.map((one) => ({ ...toUnjudgedResult(one, origin), ruleIndex: rules.indexOf(NOT_JUDGED) })),
        ],
        properties: { verdict, advisory, notJudged, counts },
      },
    ],
  };
  return renderJson(log);
}

const toRule = (rule: string) => ({
  id: escapeForTerminal(rule),
  shortDescription: { text: escapeMessage(getRuleText(rule)) },
  help: { text: escapeMessage(`${getRuleText(rule)} docs/guides/review.md says how a verdict comes about.`) },
  properties: { tags: ["security"] },
});

function toResult(finding: ChangeFinding, origin: Pick<Origin, "folder">) {
  const { rule, severity, direction, urn, resource, says, remedy, location, property, before, after, addresses } = finding;
  return {
    ruleId: escapeForTerminal(rule),
    level: LEVELS[severity],
    message: { text: escapeMessage([says, formatChange(finding), remedy].filter((part) => part !== "").join(" | ")) },
    locations: [toLocation(toPlace(location, origin), urn, resource.kind)],
    // The line takes no part: it moves. What is opened does: who dismissed one opening has not dismissed the next.
    partialFingerprints: computeFingerprints(
      rule,
      urn,
      resource.id,
      property ?? "",
      before ?? "",
      after ?? "",
      JSON.stringify(addresses ?? {}),
    ),
    properties: {
      direction,
      severity,
      resource: { kind: escapeForTerminal(resource.kind), id: escapeForTerminal(resource.id), name: escapeForTerminal(resource.name) },
      ...(before !== undefined && { before: escapeForTerminal(before) }),
      ...(after !== undefined && { after: escapeForTerminal(after) }),
      ...(addresses && { addresses }),
    },
  };
}

const toUnjudgedResult = ({ urn, why }: ReviewJson["unjudged"][number], origin: Pick<Origin, "folder">) => ({
  ruleId: NOT_JUDGED,
  level: "warning",
  message: { text: escapeMessage(`${getUrnName(urn)}: ${why}`) },
  locations: [toLocation(toPlace(undefined, origin), urn, "resource")],
  partialFingerprints: computeFingerprints(NOT_JUDGED, urn, why),
  properties: { direction: "unknown" },
});

const toLocation = ({ path, line }: Place, urn: string, kind: string) => ({
  physicalLocation: { artifactLocation: { uri: encodePath(path), uriBaseId: "%SRCROOT%" }, region: { startLine: line } },
  logicalLocations: [
    { name: escapeForTerminal(getUrnName(urn)), fullyQualifiedName: escapeForTerminal(urn), kind: escapeForTerminal(kind) },
  ],
});

/** GitHub reads the first and adds its own, of the line's text, where there is none. */
function computeFingerprints(...parts: readonly string[]) {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
  return { primaryLocationLineHash: `${hash}:1`, "palisadeFinding/v1": hash };
}

const encodePath = (path: string): string => escapeForTerminal(path).split("/").map(encodeURIComponent).join("/");

/** Messages may carry links and placeholders (SARIF 3.11.5 and 3.11.6); a name must not. */
const escapeMessage = (text: string): string =>
  escapeForTerminal(text)
    .replace(/[\\[\]]/g, "\\$&")
    .replace(/\{(\d+)\}/g, "{{$1}}");
