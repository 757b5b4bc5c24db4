import type { ChangeFinding } from "../change/finding.js";
import { nameOf } from "../change/model.js";
import { cut, shown } from "../shown.js";
import { code, prose } from "./escape.js";
import { type Section, sized } from "./fit.js";
import type { BranchJson, ReachJson, ReachesJson, ReviewJson } from "./json.js";
import {
  asksForPerson,
  assumptionsText,
  count,
  countsText,
  dependentsText,
  meaningText,
  neverText,
  SIGNS,
  tally,
  verdictText,
} from "./words.js";

/** GitHub takes 65,536 characters. UTF-8 never takes fewer bytes than UTF-16 takes units, so this bounds both. */
export const MOST_BYTES = 64_000;
/** Lines of findings: those of high severity are all in sight, and of the others a few at least. */
const MOST_IN_SIGHT = 10;
const LEAST_IN_SIGHT = 3;
const MOST_BRANCHES_IN_SIGHT = 12;

const ALERTS: Record<ReviewJson["verdict"], string> = { approve: "TIP", needsReview: "WARNING", block: "CAUTION" };

/** A comment for a pull request: the verdict, then what is grave, who may connect, the details. What is least important is dropped first. */
export function toMarkdown(review: ReviewJson): string {
  const { stack, verdict, findings, unjudged, assumptions, notJudged, reach } = review;
  const grave = findings.filter(({ severity }) => severity === "high");
  const asking = findings.filter((finding) => finding.severity !== "high" && asksForPerson(finding));
  const changed = reach
    .filter(({ direction }) => direction !== "neutral")
    .sort((a, b) => ORDER.indexOf(a.direction) - ORDER.indexOf(b.direction));
  const inSight = asking.slice(0, Math.max(LEAST_IN_SIGHT, MOST_IN_SIGHT - grave.length));
  const sections: Section[] = [
    section(1, "finding of high severity", "### High severity\n\n", grave.map(oneLine)),
    section(2, "part that was not judged", "### Could not be judged, so it is not approved\n\n", unjudged.map(unjudgedLine)),
    section(4, "finding to look at", "### To look at\n\n", inSight.map(oneLine), moreLine(asking.length - inSight.length)),
    section(3, "branch", `### Who may connect\n\n${TABLE_HEAD}`, changed.slice(0, MOST_BRANCHES_IN_SIGHT).map(rows)),
    {
      ...section(5, "detail", "", findings.map(detail), "\n</details>\n"),
      before: (kept) => folded(summary(kept, findings.length)),
    },
    {
      ...section(6, "further branch", "", changed.slice(MOST_BRANCHES_IN_SIGHT).map(rows), "\n</details>\n"),
      before: (kept) => folded(`${count(kept, "further branch", "further branches")}: who may connect`) + TABLE_HEAD,
    },
  ];
  const parts = unjudged.length > 0 ? `; ${count(unjudged.length, "part")} not judged` : "";
  const head = [
    `<!-- palisade-review:${marker(stack)} -->`,
    `## Palisade: ${verdictText(review)}`,
    "",
    `> [!${ALERTS[verdict]}]`,
    `> **${capital(meaningText(review))}.** ${capital(tally(findings))}${parts}.`,
    "",
    `Stack ${code(stack)}: ${countsText(review)}.`,
    "",
    "",
  ].join("\n");
  const foot = [assumptionsText(assumptions), neverText(notJudged)].flatMap((text) => (text === "" ? [] : [`${prose(text)}\n`])).join("\n");
  return sized(head, sections, foot, MOST_BYTES);
}

const section = (rank: number, noun: string, before: string, items: readonly string[], after = ""): Section => ({
  ...{ rank, items, after, before: () => before },
  counted: (number) => count(number, noun, PLURALS[noun]),
});
const PLURALS: Record<string, string> = {
  "part that was not judged": "parts that were not judged",
  "finding of high severity": "findings of high severity",
  "finding to look at": "findings to look at",
  branch: "branches",
  "further branch": "further branches",
};

const folded = (title: string): string => `<details>\n<summary>${title}</summary>\n\n`;

function summary(kept: number, all: number): string {
  const which = kept < all ? `The first ${kept} of ${all} findings` : all === 1 ? "The finding" : `All ${all} findings`;
  return `${which}: before, after, and what to do`;
}

const ORDER: readonly BranchJson["direction"][] = ["opens", "closes", "neutral"];

/** Letters, digits, `_`, `.`, `/`, `%` and single `-`: it ends no comment of HTML, and a pipeline may search for the line. */
const marker = (stack: string): string =>
  encodeURIComponent(cut(shown(stack), MOST_STACK_CHARACTERS))
    .replaceAll("%2F", "/")
    .replace(/[!'()*~]|-(?=-)/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
const MOST_STACK_CHARACTERS = 200;

const subject = ({ direction, resource, location }: ChangeFinding): string =>
  `**${SIGNS[direction]}** ${prose(resource.kind)} ${code(resource.name, 100)}${location === undefined ? "" : ` at ${code(location)}`}`;

const oneLine = (finding: ChangeFinding): string => `- ${subject(finding)}: ${prose(finding.says)}\n`;
const unjudgedLine = ({ urn, why }: ReviewJson["unjudged"][number]): string => `- ${code(nameOf(urn), 100)}: ${prose(why)}\n`;
const moreLine = (more: number): string => (more > 0 ? `- and ${more} more, in the details\n` : "");

function detail(finding: ChangeFinding): string {
  const { severity, rule, says, before, after, remedy, dependents } = finding;
  return [
    `- **${severity}**, ${subject(finding)} (${code(rule)})`,
    `  - ${prose(says)}`,
    ...(before === undefined && after === undefined
      ? []
      : [`  - ${[before, after].flatMap((side) => (side === undefined ? [] : [code(side)])).join(" → ")}`]),
    ...(dependents ? [`  - ${prose(dependentsText(dependents))}`] : []),
    `  - **Do:** ${prose(remedy)}`,
    "",
  ].join("\n");
}

const TABLE_HEAD = "| Branch | Change | Before | After |\n| --- | --- | --- | --- |\n";

/** One row for who may connect, and further ones where more changes than that. */
function rows({ project, branch, direction, before, after }: BranchJson): string {
  const row = (what: string, kind: keyof ReachesJson) => ({ what, ...cells(before?.[kind], after?.[kind]) });
  const connects = row(direction, "reach");
  const further = [row("once unblocked", "latent"), row("its rows, through a copy", "data")].filter(
    ({ was, is }) => was !== is && !(was === connects.was && is === connects.is),
  );
  const told = connects.was === connects.is && further.length > 0 ? further : [connects, ...further];
  return told.map(({ what, was, is }) => `| ${code(`${project}/${branch}`, 100)} | ${what} | ${was} | ${is} |\n`).join("");
}

/** Private endpoints are named where they change. */
function cells(before: ReachJson | undefined, after: ReachJson | undefined): { was: string; is: string } {
  const privately = before?.private.join() !== after?.private.join();
  return { was: cell(before, privately), is: cell(after, privately) };
}

function cell(reach: ReachJson | undefined, privately: boolean): string {
  if (reach === undefined) return "does not exist";
  const open = reach.public === "every address" ? "**every address**" : prose(reach.public);
  return privately && reach.private.length > 0 ? `${open}; privately ${prose(reach.private.join(", "))}` : open;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
