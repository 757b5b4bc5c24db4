import { escapeForTerminal, type SeverityPainter, truncate, wrapLines } from "../terminalText.js";
import { formatCount, formatDay, formatDue, formatExportCounts, STATUS_WORDS } from "./page/words.js";
import type { ExportedFile } from "./exportedFindings.js";
import { type ControlResult, type PostureFinding, type PostureReport, STATUSES } from "./report.js";

const WIDTH = 100;
const INDENT = "  ";

/** The same as the page, in lines of 100 columns. Every name goes through `escapeForTerminal`. */
export function toText(report: PostureReport, paint: SeverityPainter): string {
  const { organization, host, at, totals, findings, controls, exceptions, unjudged, neon } = report;
  const counts = STATUSES.filter((status) => totals[status] > 0).map((status) => `${totals[status]} ${STATUS_WORDS[status]}`);
  return [
    ...wrap(`${organization.name} (${organization.id}) at ${host}, ${at}${neon ? "" : " (an embedded plane, no part of Neon)"}`),
    ...wrap(`Controls: ${counts.join(", ")}. Findings: ${totals.findings}, ${totals.overdue} of them overdue.`),
    "",
    ...(findings.length === 0 ? ["No findings."] : findings.flatMap((one) => formatFinding(one, paint))),
    "",
    ...controls.flatMap(formatControl),
    ...formatSection("Findings that clouds exported:", report.exports.map(formatExport)),
    ...formatSection(
      "Exceptions:",
      exceptions.map(({ rule, resource, reason, expires, state }) => `${state}, until ${expires}: ${rule} ${resource}: ${reason}`),
    ),
    ...formatSection(
      "Not judged, because it could not be read:",
      unjudged.map(({ resource, what, reason }) => `${resource.name} (${resource.id}), ${what}: ${reason}`),
    ),
    "",
    ...wrap(`API keys looked at: ${report.keys}. Never looked at: ${report.notJudged.join(", ")}.`),
    "",
  ].join("\n");
}

function formatFinding(finding: PostureFinding, paint: SeverityPainter): string[] {
  const { severity, resource, says, what, rule, remedy, ended } = finding;
  return [
    paint(severity, truncate(`${severity.padEnd(7)} ${resource.kind} ${escapeForTerminal(resource.name)}: ${formatDue(finding)}`, WIDTH)),
    ...wrap(`${says} (${what})`, INDENT),
    ...wrap(`${remedy} [${rule} ${resource.id}]`, INDENT),
    ...(ended ? wrap(`Its exception ended ${formatDay(ended.expires)}: ${ended.reason}`, INDENT) : []),
  ];
}

const formatExport = (one: ExportedFile): string => `${one.file} (${one.source}): ${formatExportCounts(one)}; SHA-256 ${one.sha256}`;

const STATUS_COLUMNS = 22;

function formatControl({ id, status, notKnown, judged, toldBy }: ControlResult): string[] {
  const [first, ...others] = notKnown;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const tail =
    first === undefined
      ? ` (${formatCount(judged, "object")}${toldBy.length === 0 ? "" : `; told as ${toldBy.join(", ")}`})`
      : `: ${first.resource.name}: ${first.reason}${more}`;
  return wrap(`${STATUS_WORDS[status].padEnd(STATUS_COLUMNS)}${id}${status === "notAvailable" || status === "notApplicable" ? "" : tail}`);
}

const formatSection = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.flatMap((line) => wrap(`- ${line}`))];

const wrap = (text: string, indent = ""): string[] =>
  wrapLines(escapeForTerminal(text), WIDTH - indent.length).map((line) => indent + line);
