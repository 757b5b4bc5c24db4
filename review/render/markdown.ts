import type { ChangeFinding } from "../change/finding.js";
import { getUrnName } from "../change/change.js";
import { capitalize } from "../change/formatReach.js";
import { truncate, escapeForTerminal } from "../terminalText.js";
import { toCodeSpan, escapeProse } from "./escapeMarkdown.js";
import { type Section, fitToBudget } from "./truncate.js";
import type { BranchJson, ReachJson, ReachesJson, ReviewJson } from "./json.js";
import {
  needsPerson,
  formatAssumptions,
  formatCount,
  formatCounts,
  formatDependents,
  formatMeaning,
  formatNeverJudged,
  SIGNS,
  formatTally,
  formatVerdict,
} from "./phrases.js";

/** GitHub takes 65,536 characters. UTF-8 never takes fewer bytes than UTF-16 takes units, so this bounds both. */
export const MOST_BYTES = 64_000;
/** Lines of findings: those of high severity are all in sight, and of the others a few at least. */
const MOST_IN_SIGHT = 10;
const LEAST_IN_SIGHT = 3;
const MOST_BRANCHES_IN_SIGHT = 12;

const ALERTS: Record<ReviewJson["verdict"], string> = { approve: "TIP", needsReview: "WARNING", block: "CAUTION" };

/** A comment for a pull request: the verdict, high-severity findings, who may connect, the details. The least important is dropped first. */
export function toMarkdown(review: ReviewJson): string {
  const { stack, verdict, findings, unjudged, assumptions, notJudged, reach } = review;
  const grave = findings.filter(({ severity }) => severity === "high");
  const asking = findings.filter((finding) => finding.severity !== "high" && needsPerson(finding));
  const changed = reach
    .filter(({ direction }) => direction !== "neutral")
    .sort((a, b) => ORDER.indexOf(a.direction) - ORDER.indexOf(b.direction));
  const inSight = asking.slice(0, Math.max(LEAST_IN_SIGHT, MOST_IN_SIGHT - grave.length));
  const sections: Section[] = [
    buildSection(1, "finding of high severity", "### High severity\n\n", grave.map(formatFindingLine)),
    buildSection(2, "part that was not judged", "### Could not be judged, so it is not approved\n\n", unjudged.map(formatUnjudged)),
    buildSection(4, "finding to look at", "### To look at\n\n", inSight.map(formatFindingLine), formatMore(asking.length - inSight.length)),
    buildSection(3, "branch", `### Who may connect\n\n${TABLE_HEAD}`, changed.slice(0, MOST_BRANCHES_IN_SIGHT).map(formatRows)),
    {
      ...buildSection(5, "detail", "", findings.map(formatDetail), "\n</details>\n"),
      before: (kept) => formatDetailsHead(formatSummary(kept, findings.length)),
    },
    {
      ...buildSection(6, "further branch", "", changed.slice(MOST_BRANCHES_IN_SIGHT).map(formatRows), "\n</details>\n"),
      before: (kept) => formatDetailsHead(`${formatCount(kept, "further branch", "further branches")}: who may connect`) + TABLE_HEAD,
    },
  ];
  const parts = unjudged.length > 0 ? `; ${formatCount(unjudged.length, "part")} not judged` : "";
  const head = [
    `<!-- palisade-review:${formatMarker(stack)} -->`,
    `## Palisade: ${formatVerdict(review)}`,
    "",
    `> [!${ALERTS[verdict]}]`,
    `> **${capitalize(formatMeaning(review))}.** ${capitalize(formatTally(findings))}${parts}.`,
    "",
    `Stack ${toCodeSpan(stack)}: ${formatCounts(review)}.`,
    "",
    "",
  ].join("\n");
  const foot = [formatAssumptions(assumptions), formatNeverJudged(notJudged)]
    .flatMap((text) => (text === "" ? [] : [`${escapeProse(text)}\n`]))
    .join("\n");
  return fitToBudget(head, sections, foot, MOST_BYTES);
}

const buildSection = (rank: number, noun: string, before: string, items: readonly string[], after = ""): Section => ({
  rank,
  items,
  after,
  before: () => before,
  counted: (number) => formatCount(number, noun, PLURALS[noun]),
});
const PLURALS: Record<string, string> = {
  "part that was not judged": "parts that were not judged",
  "finding of high severity": "findings of high severity",
  "finding to look at": "findings to look at",
  branch: "branches",
  "further branch": "further branches",
};

const formatDetailsHead = (title: string): string => `<details>\n<summary>${title}</summary>\n\n`;

function formatSummary(kept: number, all: number): string {
  const which = kept < all ? `The first ${kept} of ${all} findings` : all === 1 ? "The finding" : `All ${all} findings`;
  return `${which}: before, after, and what to do`;
}

const ORDER: readonly BranchJson["direction"][] = ["opens", "closes", "neutral"];

/** Letters, digits, `_`, `.`, `/`, `%` and single `-`: it ends no comment of HTML, and a pipeline may search for the line. */
const formatMarker = (stack: string): string =>
  encodeURIComponent(truncate(escapeForTerminal(stack), MOST_STACK_CHARACTERS))
    .replaceAll("%2F", "/")
    .replace(/[!'()*~]|-(?=-)/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const MOST_STACK_CHARACTERS = 200;

const formatSubject = ({ direction, resource, location }: ChangeFinding): string =>
  `**${SIGNS[direction]}** ${escapeProse(resource.kind)} ${toCodeSpan(resource.name, 100)}${location === undefined ? "" : ` at ${toCodeSpan(location)}`}`;

const formatFindingLine = (finding: ChangeFinding): string => `- ${formatSubject(finding)}: ${escapeProse(finding.says)}\n`;
const formatUnjudged = ({ urn, why }: ReviewJson["unjudged"][number]): string =>
  `- ${toCodeSpan(getUrnName(urn), 100)}: ${escapeProse(why)}\n`;
const formatMore = (more: number): string => (more > 0 ? `- and ${more} more, in the details\n` : "");

function formatDetail(finding: ChangeFinding): string {
  const { severity, rule, says, before, after, remedy, dependents } = finding;
  return [
    `- **${severity}**, ${formatSubject(finding)} (${toCodeSpan(rule)})`,
    `  - ${escapeProse(says)}`,
    ...(before === undefined && after === undefined
      ? []
      : [`  - ${[before, after].flatMap((side) => (side === undefined ? [] : [toCodeSpan(side)])).join(" → ")}`]),
    ...(dependents ? [`  - ${escapeProse(formatDependents(dependents))}`] : []),
    `  - **Do:** ${escapeProse(remedy)}`,
    "",
  ].join("\n");
}

const TABLE_HEAD = "| Branch | Change | Before | After |\n| --- | --- | --- | --- |\n";

/** One row for who may connect, and further ones where more changes than that. */
function formatRows({ project, branch, direction, before, after }: BranchJson): string {
  const row = (what: string, kind: keyof ReachesJson) => ({ what, ...formatCells(before?.[kind], after?.[kind]) });
  const connects = row(direction, "reach");
  const further = [row("once unblocked", "latent"), row("its rows, through a copy", "data")].filter(
    ({ was, is }) => was !== is && !(was === connects.was && is === connects.is),
  );
  const told = connects.was === connects.is && further.length > 0 ? further : [connects, ...further];
  return told.map(({ what, was, is }) => `| ${toCodeSpan(`${project}/${branch}`, 100)} | ${what} | ${was} | ${is} |\n`).join("");
}

/** Private endpoints are named where they change. */
function formatCells(before: ReachJson | undefined, after: ReachJson | undefined): { was: string; is: string } {
  const privately = before?.private.join() !== after?.private.join();
  return { was: formatCell(before, privately), is: formatCell(after, privately) };
}

function formatCell(reach: ReachJson | undefined, privately: boolean): string {
  if (reach === undefined) return "does not exist";
  const open = reach.public === "every address" ? "**every address**" : escapeProse(reach.public);
  return privately && reach.private.length > 0 ? `${open}; privately ${escapeProse(reach.private.join(", "))}` : open;
}
