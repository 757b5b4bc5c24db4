import { createHash } from "node:crypto";
import type { Severity } from "../../contract/findings.js";
import type { ChangeFinding } from "../change/finding.js";
import { nameOf } from "../change/model.js";
import { shown } from "../shown.js";
import { jsonOutput, type ReviewJson } from "./json.js";
import { type Origin, type Place, placeOf } from "./place.js";
import { ruleText } from "./rules.js";
import { changeText } from "./words.js";

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
        tool: { driver: { name: "Palisade", version: origin.version, rules: rules.map(ruleOf) } },
        automationDetails: { id: `palisade-review/${encoded(stack)}/` },
        columnKind: "utf16CodeUnits",
        results: [
          ...findings.map((finding) => ({ ...resultOf(finding, origin), ruleIndex: rules.indexOf(finding.rule) })),
          ...unjudged.map((one) => ({ ...unjudgedOf(one, origin), ruleIndex: rules.indexOf(NOT_JUDGED) })),
        ],
        properties: { verdict, advisory, notJudged, counts },
      },
    ],
  };
  return jsonOutput(log);
}

const ruleOf = (rule: string) => ({
  id: shown(rule),
  shortDescription: { text: message(ruleText(rule)) },
  help: { text: message(`${ruleText(rule)} docs/guides/review.md says how a verdict comes about.`) },
  properties: { tags: ["security"] },
});

function resultOf(finding: ChangeFinding, origin: Pick<Origin, "folder">) {
  const { rule, severity, direction, urn, resource, says, remedy, location, property, before, after, addresses } = finding;
  return {
    ruleId: shown(rule),
    level: LEVELS[severity],
    message: { text: message([says, changeText(finding), remedy].filter((part) => part !== "").join(" | ")) },
    locations: [locationOf(placeOf(location, origin), urn, resource.kind)],
    // The line takes no part: it moves. What is opened does: who dismissed one opening has not dismissed the next.
    partialFingerprints: fingerprints(rule, urn, resource.id, property ?? "", before ?? "", after ?? "", JSON.stringify(addresses ?? {})),
    properties: {
      ...{ direction, severity, resource: { kind: shown(resource.kind), id: shown(resource.id), name: shown(resource.name) } },
      ...(before !== undefined && { before: shown(before) }),
      ...(after !== undefined && { after: shown(after) }),
      ...(addresses && { addresses }),
    },
  };
}

const unjudgedOf = ({ urn, why }: ReviewJson["unjudged"][number], origin: Pick<Origin, "folder">) => ({
  ruleId: NOT_JUDGED,
  level: "warning",
  message: { text: message(`${nameOf(urn)}: ${why}`) },
  locations: [locationOf(placeOf(undefined, origin), urn, "resource")],
  partialFingerprints: fingerprints(NOT_JUDGED, urn, why),
  properties: { direction: "unknown" },
});

const locationOf = ({ path, line }: Place, urn: string, kind: string) => ({
  physicalLocation: { artifactLocation: { uri: encoded(path), uriBaseId: "%SRCROOT%" }, region: { startLine: line } },
  logicalLocations: [{ name: shown(nameOf(urn)), fullyQualifiedName: shown(urn), kind: shown(kind) }],
});

/** GitHub reads the first and adds its own, of the line's text, where there is none. */
function fingerprints(...parts: readonly string[]) {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
  return { primaryLocationLineHash: `${hash}:1`, "palisadeFinding/v1": hash };
}

const encoded = (path: string): string => shown(path).split("/").map(encodeURIComponent).join("/");

/** Messages may carry links and placeholders (SARIF 3.11.5 and 3.11.6); a name must not. */
const message = (text: string): string =>
  shown(text)
    .replace(/[\\[\]]/g, "\\$&")
    .replace(/\{(\d+)\}/g, "{{$1}}");
