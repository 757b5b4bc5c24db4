import { SEVERITIES } from "../../contract/findings.js";
import { isEveryone } from "../../contract/ranges.js";
import type { Reach } from "../../contract/reachability.js";
import type { Finding, ResourceRef } from "../finding.js";
import { truncate, padToWidth, type SeverityPainter, escapeForTerminal, wrapLines } from "../terminalText.js";
import { RULES } from "./rules.js";
import { NEVER_JUDGED } from "../neverJudged.js";
import type { ScanReport } from "./scan.js";
import type { ProjectView } from "./view.js";

/** How a severity looks; colours where there are any. */
const WIDTH = 100;
const INDENT = " ".repeat(8);

/** What people read: a table of every branch, then the findings, then what was not judged. */
export function toText(report: ScanReport, paint: SeverityPainter): string {
  const { host, organization, projects, findings, unjudged, keys, calls } = report;
  const branches = projects.reduce((sum, { views }) => sum + (views?.length ?? 0), 0);
  const title = `${formatName(organization)} at ${host}: ${formatCount(projects.length, "project")}, ${formatCount(branches, "branch", "es")}, ${formatCount(calls, "call")}`;
  return [
    ...wrapLines(title, WIDTH),
    ...(projects.length === 0 ? [] : ["", ...formatTable(projects)]),
    "",
    findings.length === 0 ? "No findings." : `Findings: ${formatTally(findings)}`,
    ...RULES.flatMap((rule) => formatSection(rule.id, findings, paint)),
    ...(unjudged.length === 0 ? [] : ["", "Not judged, because it could not be read:"]),
    ...unjudged.flatMap(({ resource, what, reason }) => indentLines(`- ${formatName(resource)}, ${what}: ${escapeForTerminal(reason)}`)),
    "",
    ...wrapLines(`API keys looked at: ${keys}.`, WIDTH),
    ...wrapLines(`Never judged: ${NEVER_JUDGED.join(", ")}.`, WIDTH),
    "",
  ].join("\n");
}

const COLUMNS = [20, 15, 2, 19, 19, 19] as const;
const formatRow = (cells: readonly string[]): string =>
  COLUMNS.map((width, at) => padToWidth(cells[at] ?? "", width))
    .join(" ")
    .trimEnd();

function formatTable(projects: readonly ProjectView[]): string[] {
  return [
    formatRow(["PROJECT", "BRANCH", "", "REACH", "LATENT", "DATA REACH"]),
    ...projects.flatMap(({ project, views, privateKnown }) => {
      const name = escapeForTerminal(project.name);
      if (!views) return [formatRow([name, "?", "", "?", "?", "?"])];
      return views.map(({ branch, reach, latent, dataReach }) => {
        const marks = (branch.default ? "D" : " ") + (branch.protected ? "P" : " ");
        return formatRow([
          name,
          escapeForTerminal(branch.name),
          marks,
          ...[reach, latent, dataReach].map((each) => formatReach(each, privateKnown)),
        ]);
      });
    }),
    "",
    ...wrapLines(
      "D default, P protected. REACH: who may try to log in now. LATENT: the same once a compute runs and blocks are lifted. DATA REACH: through every branch that holds the rows.",
      WIDTH,
    ),
  ];
}

function formatReach(reach: Reach | undefined, privateKnown: boolean): string {
  if (reach === undefined) return "?";
  const ranges = reach.public.toRanges();
  const [only = ""] = ranges;
  const address = isEveryone(reach.public) ? "everyone" : ranges.length > 1 ? `${ranges.length} ranges` : only;
  const endpoints = privateKnown ? (reach.private.size > 0 ? `+${reach.private.size}vpce` : "") : "+?vpce";
  return [address, endpoints].filter(Boolean).join(" ") || "nobody";
}

function formatSection(id: string, all: readonly Finding[], paint: SeverityPainter): string[] {
  const rule = RULES.find((each) => each.id === id);
  const findings = all.filter((finding) => finding.rule === id);
  if (!rule || findings.length === 0) return [];
  return [
    "",
    `${paint(rule.severity, padToWidth(rule.severity, INDENT.length))}${id}`,
    ...indentLines(rule.says),
    ...indentLines(`Remedy: ${rule.remedy}`),
    ...findings.map(({ resource, after = "" }) => truncate(`${INDENT}- ${formatName(resource)}: ${escapeForTerminal(after)}`, WIDTH)),
  ];
}

const indentLines = (text: string): string[] => wrapLines(text, WIDTH - INDENT.length).map((line) => INDENT + line);
/** The id stays whole: it is what a command takes. */
const formatName = ({ name, id }: ResourceRef): string =>
  name === id ? escapeForTerminal(id) : `${truncate(escapeForTerminal(name), 40)} (${escapeForTerminal(id)})`;

const formatTally = (findings: readonly Finding[]): string =>
  SEVERITIES.map((severity) => ({ severity, number: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => `${number} ${severity}`)
    .join(", ");

const formatCount = (number: number, noun: string, plural = "s"): string => `${number} ${noun}${number === 1 ? "" : plural}`;
