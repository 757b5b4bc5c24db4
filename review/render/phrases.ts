import { type Direction, SEVERITIES, type Severity } from "../../contract/findings.js";
import type { Finding } from "../finding.js";
import { getUrnName } from "../change/change.js";
import type { ReviewJson } from "./json.js";

/** What every form says in the same words. */
const VERDICTS: Record<ReviewJson["verdict"], string> = { approve: "APPROVE", needsReview: "NEEDS REVIEW", block: "BLOCK" };
const MEANINGS: Record<ReviewJson["verdict"], string> = {
  approve: "nothing here needs a second person",
  needsReview: "a person must decide",
  block: "this opens or destroys",
};
export const formatVerdict = ({ verdict, advisory }: Pick<ReviewJson, "verdict" | "advisory">): string =>
  `${VERDICTS[verdict]}${advisory ? " (advisory)" : ""}`;
export const formatMeaning = ({ verdict, advisory }: Pick<ReviewJson, "verdict" | "advisory">): string =>
  `${MEANINGS[verdict]}${advisory ? "; the code of this preview can forge it, so review it again once the code is trusted" : ""}`;
export const SIGNS: Record<Direction, string> = {
  opens: "opens",
  closes: "closes",
  neutral: "changes",
  destroys: "destroys",
  unknown: "unclear",
};

const MOST_DEPENDENTS = 5;
const WORDS: readonly [op: string, word: string][] = [
  ["create", "to create"],
  ["update", "to update"],
  ["replace", "to replace"],
  ["delete", "to delete"],
  ["read", "to read"],
  ["same", "unchanged"],
];

/** "1 to create, 2 unchanged; 3 of other providers, not judged" */
export function formatCounts({ counts, others }: Pick<ReviewJson, "counts" | "others">): string {
  const all = WORDS.flatMap(([op, word]) => (counts[op] ? [`${counts[op]} ${word}`] : [])).join(", ") || "no resources";
  return others > 0 ? `${all}; ${others} of other providers, not judged` : all;
}

/** "findings: 2 high, 3 medium" */
export function formatTally(findings: readonly { severity: Severity }[]): string {
  const numbers = SEVERITIES.map((severity) => ({ severity, number: findings.filter((one) => one.severity === severity).length }));
  const some = numbers.filter(({ number }) => number > 0).map(({ severity, number }) => `${number} ${severity}`);
  return some.length === 0 ? "no findings" : `findings: ${some.join(", ")}`;
}

export const formatDependents = (urns: readonly string[]): string => {
  const names = urns.slice(0, MOST_DEPENDENTS).map(getUrnName);
  const more = urns.length - names.length;
  return `${urns.length} depend${urns.length === 1 ? "s" : ""} on it: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

/** "before -> after", as far as there are both. */
export const formatChange = ({ before, after }: Pick<Finding, "before" | "after">): string =>
  [before, after].filter((side) => side !== undefined).join(" -> ");

export const formatNeverJudged = (notJudged: readonly string[]): string =>
  `Never judged: ${notJudged.join(", ")}. Branches that this stack does not declare: see palisade scan.`;

const MOST_ASSUMPTIONS = 5;

/** What the verdict takes for true; empty where that is nothing. */
export function formatAssumptions(assumptions: ReviewJson["assumptions"]): string {
  if (assumptions.length === 0) return "";
  const byTarget = new Map<string, string[]>();
  for (const { urn, target, part } of assumptions) {
    const key = `${part} ${target}`;
    byTarget.set(key, [...new Set([...(byTarget.get(key) ?? []), getUrnName(urn)])]);
  }
  const named = [...byTarget].slice(0, MOST_ASSUMPTIONS).map(([key, names]) => {
    const [part, target] = [key.slice(0, key.indexOf(" ")), getUrnName(key.slice(key.indexOf(" ") + 1))];
    return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} about the ${part} of ${target}`;
  });
  const more = byTarget.size - named.length;
  return `Taken for true, because a preview does not show it: ${named.join("; ")}${more > 0 ? `; and ${more} more` : ""}. palisade guard stops an update in which that is not so; pulumi up by itself does not.`;
}

/** Whether a finding alone keeps a change from being approved (`computeVerdict` of review/change/judge.ts). */
export const needsPerson = ({ severity, direction }: Pick<Finding, "severity" | "direction">): boolean =>
  severity !== "low" || direction === "unknown";

/**
 * CI runners take commands out of what a step prints: GitHub where a line begins with `::`, GitHub, Azure and TeamCity at `##[`, `##vso[`,
 * `##teamcity[` anywhere. A name must not give one.
 */
export const escapeCommands = (text: string): string =>
  text.replaceAll("##", "#\\u{23}").replace(/^([^\S\n\r\u2028\u2029]*):(?=:)/gm, "$1\\u{3a}");

export const formatCount = (number: number, noun: string, plural = `${noun}s`): string => `${number} ${number === 1 ? noun : plural}`;
