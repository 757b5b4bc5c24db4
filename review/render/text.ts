import type { Severity } from "../../contract/findings.js";
import type { ChangeFinding } from "../change/finding.js";
import { nameOf } from "../change/model.js";
import { columns, type Paint, shown, wrapped } from "../shown.js";
import type { ReviewJson } from "./json.js";
import {
  assumptionsText,
  changeText,
  count,
  countsText,
  dependentsText,
  meaningText,
  neverText,
  SIGNS,
  tally,
  verdictText,
  withoutCommands,
} from "./words.js";

const GRAVITY: Record<ReviewJson["verdict"], Severity> = { approve: "low", needsReview: "medium", block: "high" };

const WIDTH = 100;
/** With more findings than these the top has left the screen. */
const MOST_ON_SCREEN = 8;

/** The review for a terminal. Every name goes through `shown`: it cannot move the cursor or colour anything. */
export function toText(review: ReviewJson, paint: Paint): string {
  const { stack, verdict, findings, unjudged, assumptions, notJudged } = review;
  const headline = block(`${verdictText(review)}: ${meaningText(review)}`, "").map((line) => paint(GRAVITY[verdict], line));
  const lines = [
    ...headline,
    ...block(`${stack}: ${countsText(review)}`, ""),
    ...block([tally(findings), ...(unjudged.length > 0 ? [`${count(unjudged.length, "part")} not judged`] : [])].join("; "), ""),
    "",
    ...findings.flatMap((finding) => [...findingLines(finding, paint), ""]),
    ...(unjudged.length > 0
      ? ["Could not be judged, so it is not approved:", ...unjudged.flatMap(({ urn, why }) => block(`${nameOf(urn)}: ${why}`, "  ")), ""]
      : []),
    ...block(assumptionsText(assumptions), ""),
    ...block(neverText(notJudged), ""),
    ...(findings.length > MOST_ON_SCREEN ? ["", ...headline] : []),
    "",
  ];
  return withoutCommands(lines.join("\n"));
}

function findingLines(finding: ChangeFinding, paint: Paint): string[] {
  const { severity, direction, resource, rule, says, location, remedy, dependents } = finding;
  const head = `${SIGNS[direction].padEnd(9)}${resource.kind} ${resource.name}`;
  const heads = block(`${severity.padEnd(7)}${head}`, "");
  // Never cut or wrapped: terminals and editors open it.
  const place = location === undefined ? "" : shown(location);
  const beside = columns(heads.at(-1) ?? "") + 2 + columns(place) <= WIDTH;
  return [
    ...heads.map((line, at) => paint(severity, line) + (place !== "" && beside && at === heads.length - 1 ? `  ${place}` : "")),
    ...(place === "" || beside ? [] : [`       ${place}`]),
    ...block(says, "       "),
    ...block(changeText(finding), "         "),
    ...(dependents ? block(dependentsText(dependents), "         ") : []),
    ...block(`${remedy} [${rule}]`, "       "),
  ];
}

const block = (text: string, indent: string): string[] =>
  text === "" ? [] : wrapped(shown(text), WIDTH - indent.length).map((line) => indent + line);
