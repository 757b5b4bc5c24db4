import type { ChangeFinding } from "../change/finding.js";
import type { Review } from "../change/judge.js";
import { nameOf } from "../change/model.js";
import type { Direction, Severity } from "../finding.js";
import { shown, wrapped } from "../shown.js";

/** Colours a text by its gravity; nothing where colours are not wanted. */
export type Paint = (severity: Severity, text: string) => string;

export const HEADLINES: Record<Review["verdict"], string> = {
  approve: "APPROVE: nothing here needs a second person",
  needsReview: "NEEDS REVIEW: a person must decide",
  block: "BLOCK: this opens or destroys",
};
const GRAVITY: Record<Review["verdict"], Severity> = { approve: "low", needsReview: "medium", block: "high" };
export const SIGNS: Record<Direction, string> = {
  opens: "opens",
  closes: "closes",
  neutral: "changes",
  destroys: "destroys",
  unknown: "unclear",
};

const WIDTH = 100;
const MOST_DEPENDENTS = 5;

/** The review for a terminal. Every name goes through `shown`: it cannot move the cursor or colour anything. */
export function toText(review: Review, paint: Paint): string {
  const { verdict, findings, unjudged, notJudged, counts, others } = review;
  return [
    paint(GRAVITY[verdict], HEADLINES[verdict]),
    "",
    ...findings.flatMap((finding) => [...findingLines(finding, paint), ""]),
    ...(unjudged.length > 0
      ? ["Could not be judged, so it is not approved:", ...unjudged.flatMap(({ urn, why }) => block(`${nameOf(urn)}: ${why}`, "  ")), ""]
      : []),
    `${countsText(counts)}${others > 0 ? `; ${others} of other providers, not judged` : ""}`,
    `Never judged: ${notJudged.join(", ")}. Branches that this stack does not declare: see palisade scan.`,
    "",
  ].join("\n");
}

function findingLines(
  { severity, direction, resource, rule, says, before, after, location, remedy, dependents }: ChangeFinding,
  paint: Paint,
): string[] {
  const head = `${SIGNS[direction].padEnd(9)}${resource.kind} ${shown(resource.name)}`;
  const change = [before, after].filter((side) => side !== undefined).map(shown);
  return [
    `${paint(severity, `${severity.padEnd(7)}${head}`)}${location === undefined ? "" : `  ${shown(location)}`}`,
    ...block(says, "       "),
    ...block(change.join("  ->  "), "         "),
    ...(dependents ? block(dependentsText(dependents), "         ") : []),
    ...block(`${remedy} [${rule}]`, "       "),
  ];
}

export const dependentsText = (urns: readonly string[]): string => {
  const names = urns.slice(0, MOST_DEPENDENTS).map(nameOf);
  const more = urns.length - names.length;
  return `${urns.length} depend${urns.length === 1 ? "s" : ""} on it: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

const WORDS: readonly [op: string, word: string][] = [
  ["create", "to create"],
  ["update", "to update"],
  ["replace", "to replace"],
  ["delete", "to delete"],
  ["read", "to read"],
  ["same", "unchanged"],
];

export const countsText = (counts: Review["counts"]): string =>
  WORDS.flatMap(([op, word]) => (counts[op] ? [`${counts[op]} ${word}`] : [])).join(", ") || "no resources";

const block = (text: string, indent: string): string[] =>
  text === "" ? [] : wrapped(shown(text), WIDTH - indent.length).map((line) => indent + line);
