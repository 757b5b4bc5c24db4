import type { Severity } from "../../contract/findings.js";
import type { ChangeFinding } from "../change/finding.js";
import { getUrnName } from "../change/change.js";
import { countColumns, type SeverityPainter, escapeForTerminal, wrapLines } from "../terminalText.js";
import type { ReviewJson } from "./json.js";
import {
  formatAssumptions,
  formatChange,
  formatCount,
  formatCounts,
  formatDependents,
  formatMeaning,
  formatNeverJudged,
  SIGNS,
  formatTally,
  formatVerdict,
  escapeCommands,
} from "./phrases.js";

const VERDICT_SEVERITIES: Record<ReviewJson["verdict"], Severity> = { approve: "low", needsReview: "medium", block: "high" };

const WIDTH = 100;
/** With more findings than this the headline is repeated at the end. */
const MOST_ON_SCREEN = 8;

/** The review for a terminal. Every name goes through `escapeForTerminal`, so it cannot move the cursor or set a colour. */
export function toText(review: ReviewJson, paint: SeverityPainter): string {
  const { stack, verdict, findings, unjudged, assumptions, notJudged } = review;
  const headline = formatBlock(`${formatVerdict(review)}: ${formatMeaning(review)}`, "").map((line) =>
    paint(VERDICT_SEVERITIES[verdict], line),
  );
  const lines = [
    ...headline,
    ...formatBlock(`${stack}: ${formatCounts(review)}`, ""),
    ...formatBlock(
      [formatTally(findings), ...(unjudged.length > 0 ? [`${formatCount(unjudged.length, "part")} not judged`] : [])].join("; "),
      "",
    ),
    "",
    ...findings.flatMap((finding) => [...formatFinding(finding, paint), ""]),
    ...(unjudged.length > 0
      ? [
          "Could not be judged, so it is not approved:",
          ...unjudged.flatMap(({ urn, why }) => formatBlock(`${getUrnName(urn)}: ${why}`, "  ")),
          "",
        ]
      : []),
    ...formatBlock(formatAssumptions(assumptions), ""),
    ...formatBlock(formatNeverJudged(notJudged), ""),
    ...(findings.length > MOST_ON_SCREEN ? ["", ...headline] : []),
    "",
  ];
  return escapeCommands(lines.join("\n"));
}

function formatFinding(finding: ChangeFinding, paint: SeverityPainter): string[] {
  const { severity, direction, resource, rule, says, location, remedy, dependents } = finding;
  const head = `${SIGNS[direction].padEnd(9)}${resource.kind} ${resource.name}`;
  const heads = formatBlock(`${severity.padEnd(7)}${head}`, "");
  // Never cut or wrapped: terminals and editors open it.
  const place = location === undefined ? "" : escapeForTerminal(location);
  const beside = countColumns(heads.at(-1) ?? "") + 2 + countColumns(place) <= WIDTH;
  return [
    ...heads.map((line, at) => paint(severity, line) + (place !== "" && beside && at === heads.length - 1 ? `  ${place}` : "")),
    ...(place === "" || beside ? [] : [`       ${place}`]),
    ...formatBlock(says, "       "),
    ...formatBlock(formatChange(finding), "         "),
    ...(dependents ? formatBlock(formatDependents(dependents), "         ") : []),
    ...formatBlock(`${remedy} [${rule}]`, "       "),
  ];
}

const formatBlock = (text: string, indent: string): string[] =>
  text === "" ? [] : wrapLines(escapeForTerminal(text), WIDTH - indent.length).map((line) => indent + line);
