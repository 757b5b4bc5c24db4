import { SEVERITIES } from "../../contract/findings.js";
import { escapeForTerminal, type SeverityPainter, wrapLines } from "../terminalText.js";
import { ACCESS_KINDS, type AccessKind, type ExplainedAccess } from "./access.js";
import type { AccessChange } from "./compareReviews.js";
import type { AccessReport } from "./report.js";
import { ACCESS_RULES } from "./rules.js";

const WIDTH = 100;
const TITLES: Readonly<Record<AccessKind, string>> = {
  apiKey: "API keys",
  member: "Members",
  invitation: "Invitations",
  permission: "Permissions of projects",
  role: "Postgres roles",
  cloudRole: "Roles of the clouds",
  keyPrincipal: "Principals of keys",
};

/** What people read: who can get in, by kind; what is wrong; what changed since the last signed review; what was not looked at. */
export function toText(report: AccessReport, paint: SeverityPainter): string {
  const { stack, at, access, findings, notLookedAt, unjudged, last } = report;
  return [
    `Access of stack ${escapeForTerminal(stack)} at ${at}`,
    ...ACCESS_KINDS.flatMap((kind) => formatKind(kind, access)),
    "",
    findings.length === 0 ? "No findings." : `Findings: ${formatTally(report)}`,
    ...ACCESS_RULES.flatMap(({ id, severity, says, remedy }) => {
      const own = findings.filter(({ rule }) => rule === id);
      if (own.length === 0) return [];
      return [
        "",
        `${paint(severity, severity.padEnd(8))}${id}`,
        ...indent(says),
        ...indent(`Remedy: ${remedy}`),
        ...own.flatMap(({ resource, after = "" }) => indent(`- ${resource.kind} ${resource.name}: ${after}`)),
      ];
    }),
    ...formatChanges(last),
    ...formatList(
      "Not looked at, and so not judged:",
      notLookedAt.map(({ what, why }) => `${what}: ${why}`),
    ),
    ...formatList(
      "Not judged, because it could not be read:",
      unjudged.map(({ resource, what, reason }) => `${resource.name}, ${what}: ${reason}`),
    ),
    "",
  ].join("\n");
}

const indent = (text: string): string[] => wrapLines(escapeForTerminal(text), WIDTH - 8).map((line) => `        ${line}`);
const formatList = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : ["", title, ...items.flatMap((item) => indent(`- ${item}`))];

function formatKind(kind: AccessKind, access: readonly ExplainedAccess[]): string[] {
  const own = access.filter((one) => one.kind === kind);
  if (own.length === 0) return [];
  return [
    "",
    `${TITLES[kind]} (${own.length})`,
    ...own.flatMap((one) => [
      ...wrapLines(`  ${escapeForTerminal(one.name)}, ${escapeForTerminal(one.place)}`, WIDTH),
      ...indent(one.can),
      ...indent(
        `last used: ${one.lastUsed ?? "not known"}${one.since === undefined ? "" : `; since ${one.since}`}${one.by === undefined ? "" : ` by ${one.by}`}`,
      ),
      ...(one.declaredBy.length === 0
        ? indent("nothing in the stack declares it")
        : one.declaredBy.flatMap((urn) => indent(formatSource(urn, one)))),
    ]),
  ];
}

function formatSource(urn: string, { commits }: ExplainedAccess): string {
  const commit = commits.find((each) => each.urn === urn);
  if (commit === undefined) return `declared by ${urn}; the commit is not known`;
  return `declared by ${urn} (${commit.location}), commit ${commit.commit.slice(0, 12)} of ${commit.author}, ${commit.at}: ${commit.subject}`;
}

const formatTally = ({ findings }: AccessReport): string =>
  SEVERITIES.map((severity) => ({ severity, count: findings.filter((one) => one.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(", ");

function formatChanges(last: AccessReport["last"]): string[] {
  if (last === null) return ["", "No earlier review was given (--last): nothing is said of what changed."];
  const title = `Since the review that ${escapeForTerminal(last.signer)} signed, of ${last.at}:`;
  const what = last.notCompared.length === 0 ? "nothing changed." : "nothing changed in what both looked at.";
  return [
    ...(last.changes.length === 0 ? ["", `${title} ${what}`] : formatList(title, last.changes.map(formatChange))),
    ...formatList(
      "Not compared, because one of the two reviews could not look at all of it:",
      last.notCompared.map(({ kind, name, place }) => `${kind} ${name}, ${place}`),
    ),
  ];
}

const formatChange = ({ change, kind, name, place, gained, lost }: AccessChange): string =>
  [`${change}: ${kind} ${name}, ${place}`, ...gained.map((power) => `+ ${power}`), ...lost.map((power) => `- ${power}`)].join("; ");

const COLUMNS = ["kind", "id", "name", "place", "can", "powers", "since", "by", "lastUsed", "declaredBy", "commits", "findings"] as const;

/** One line for each access, for a spreadsheet: RFC 4180. Lists stand in one cell, separated by `; `. */
export function toCsv({ access, findings }: AccessReport): string {
  const rows = access.map((one) => {
    const own = findings.filter(({ resource }) => resource.kind === one.kind && resource.id === one.id).map(({ rule }) => rule);
    const commits = one.commits.map(({ commit }) => commit);
    const cells = { ...one, lastUsed: one.lastUsed ?? "not known", commits, findings: own };
    return COLUMNS.map((column) => toCell(cells[column] ?? ""));
  });
  return [COLUMNS.join(","), ...rows.map((row) => row.join(","))].map((line) => `${line}\r\n`).join("");
}

/** Names come from other people: a spreadsheet takes what begins with one of these signs for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function toCell(value: string | readonly string[]): string {
  const text = escapeForTerminal(typeof value === "string" ? value : value.join("; "));
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}
