import { SEVERITIES } from "../../contract/findings.js";
import { isEveryone } from "../../contract/ranges.js";
import type { Reach } from "../../contract/reachability.js";
import type { Finding, ResourceRef } from "../finding.js";
import { cut, fitted, type Paint, shown, wrapped } from "../shown.js";
import { RULES } from "./rules.js";
import { NEVER_JUDGED } from "../neverJudged.js";
import type { Report } from "./scan.js";
import type { ProjectView } from "./view.js";

/** How a severity looks; colours where there are any. */
const WIDTH = 100;
const INDENT = " ".repeat(8);

/** What people read: a table of every branch, then the findings, then what was not judged. */
export function toText(report: Report, paint: Paint): string {
  const { host, organization, projects, findings, unjudged, keys, calls } = report;
  const branches = projects.reduce((sum, { views }) => sum + (views?.length ?? 0), 0);
  const title = `${nameOf(organization)} at ${host}: ${count(projects.length, "project")}, ${count(branches, "branch", "es")}, ${count(calls, "call")}`;
  return [
    ...wrapped(title, WIDTH),
    ...(projects.length === 0 ? [] : ["", ...table(projects)]),
    "",
    findings.length === 0 ? "No findings." : `Findings: ${tally(findings)}`,
    ...RULES.flatMap((rule) => section(rule.id, findings, paint)),
    ...(unjudged.length === 0 ? [] : ["", "Not judged, because it could not be read:"]),
    ...unjudged.flatMap(({ resource, what, reason }) => indented(`- ${nameOf(resource)}, ${what}: ${shown(reason)}`)),
    "",
    ...wrapped(`API keys looked at: ${keys}.`, WIDTH),
    ...wrapped(`Never judged: ${NEVER_JUDGED.join(", ")}.`, WIDTH),
    "",
  ].join("\n");
}

const COLUMNS = [20, 15, 2, 19, 19, 19] as const;
const row = (cells: readonly string[]): string =>
  COLUMNS.map((width, at) => fitted(cells[at] ?? "", width))
    .join(" ")
    .trimEnd();

function table(projects: readonly ProjectView[]): string[] {
  return [
    row(["PROJECT", "BRANCH", "", "REACH", "LATENT", "DATA REACH"]),
    ...projects.flatMap(({ project, views, privateKnown }) => {
      const name = shown(project.name);
      if (!views) return [row([name, "?", "", "?", "?", "?"])];
      return views.map(({ branch, reach, latent, dataReach }) => {
        const marks = (branch.default ? "D" : " ") + (branch.protected ? "P" : " ");
        return row([name, shown(branch.name), marks, ...[reach, latent, dataReach].map((each) => said(each, privateKnown))]);
      });
    }),
    "",
    ...wrapped(
      "D default, P protected. REACH: who may try to log in now. LATENT: the same once a compute runs and blocks are lifted. DATA REACH: through every branch that holds the rows.",
      WIDTH,
    ),
  ];
}

function said(reach: Reach | undefined, privateKnown: boolean): string {
  if (reach === undefined) return "?";
  const ranges = reach.public.toRanges();
  const [only = ""] = ranges;
  const address = isEveryone(reach.public) ? "everyone" : ranges.length > 1 ? `${ranges.length} ranges` : only;
  const endpoints = privateKnown ? (reach.private.size > 0 ? `+${reach.private.size}vpce` : "") : "+?vpce";
  return [address, endpoints].filter(Boolean).join(" ") || "nobody";
}

function section(id: string, all: readonly Finding[], paint: Paint): string[] {
  const rule = RULES.find((each) => each.id === id);
  const findings = all.filter((finding) => finding.rule === id);
  if (!rule || findings.length === 0) return [];
  return [
    "",
    `${paint(rule.severity, fitted(rule.severity, INDENT.length))}${id}`,
    ...indented(rule.says),
    ...indented(`Remedy: ${rule.remedy}`),
    ...findings.map(({ resource, after = "" }) => cut(`${INDENT}- ${nameOf(resource)}: ${shown(after)}`, WIDTH)),
  ];
}

const indented = (text: string): string[] => wrapped(text, WIDTH - INDENT.length).map((line) => INDENT + line);
/** The id stays whole: it is what a command takes. */
const nameOf = ({ name, id }: ResourceRef): string => (name === id ? shown(id) : `${cut(shown(name), 40)} (${shown(id)})`);

const tally = (findings: readonly Finding[]): string =>
  SEVERITIES.map((severity) => ({ severity, number: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ number }) => number > 0)
    .map(({ severity, number }) => `${number} ${severity}`)
    .join(", ");

const count = (number: number, noun: string, plural = "s"): string => `${number} ${noun}${number === 1 ? "" : plural}`;
