import type { Finding, ResourceRef } from "../finding.js";
import { truncate, type SeverityPainter, escapeForTerminal, wrapLines } from "../terminalText.js";
import type { UnjudgedPart } from "../scan/inventory.js";
import { NEVER_COMPARED } from "./drift.js";
import type { IgnoreRule } from "./ignore.js";
import type { DriftFinding } from "./driftItem.js";
import type { RepairOutcome } from "./repair.js";

/** What a drift run says, for programs: fields are only ever added within a version. */
export interface DriftReport {
  readonly version: 1;
  readonly stack: string;
  readonly at: string;
  /** What was compared: the record of an update, or the state, which a refresh may have changed. */
  readonly against: {
    readonly source: "applied" | "state";
    readonly recordedAt: string | null;
    readonly unrecorded: readonly string[];
    /** What the program leaves out, and nobody knows of how it was: `shop defaultBranch.protected`. */
    readonly unknown: readonly string[];
  };
  readonly accounts: readonly {
    readonly host: string;
    readonly organization: ResourceRef;
    readonly keys: string;
    readonly calls: number;
  }[];
  readonly findings: readonly DriftFinding[];
  readonly ignored: readonly { readonly finding: DriftFinding; readonly reason: string; readonly expires: string }[];
  readonly expiredRules: readonly IgnoreRule[];
  readonly unjudged: readonly UnjudgedPart[];
  /** Projects that other stacks say they made. */
  readonly elsewhere: readonly string[];
  readonly notCompared: readonly string[];
  readonly repair: RepairReport | null;
  /** Of `--write-ignore`; absent without it. */
  readonly draft?: DraftReport;
}

export interface DraftReport {
  /** The file that was written; null where there was nothing to draft. */
  readonly file: string | null;
  /** How many entries lack a reason, and how many are comments. */
  readonly entries: number;
  readonly commented: number;
  readonly left: readonly { readonly rule: string; readonly resource: ResourceRef; readonly why: string }[];
}

export interface RepairReport {
  readonly applied: boolean;
  readonly steps: readonly { readonly what: string; readonly resource: ResourceRef }[];
  readonly left: readonly { readonly resource: ResourceRef; readonly rule: string; readonly why: string }[];
  /** Empty in a dry run. */
  readonly done: readonly RepairOutcome[];
}

const WIDTH = 100;
const SIGNS: Record<Finding["direction"], string> = {
  opens: "opens",
  closes: "closes",
  neutral: "changes",
  destroys: "destroys",
  unknown: "unclear",
};

/** Findings that are drift: what is only told counts for no exit code. */
export const listDrift = ({ findings }: Pick<DriftReport, "findings">): readonly DriftFinding[] =>
  findings.filter(({ expected }) => expected === undefined);

/** The human-readable report. Every name goes through `escapeForTerminal`, so it cannot move the cursor or set a colour. */
export function toText(report: DriftReport, paint: SeverityPainter): string {
  const { stack, against, accounts, findings, ignored, expiredRules, unjudged, elsewhere, repair } = report;
  const drift = listDrift(report);
  return [
    ...accounts.flatMap(({ host, organization, calls }) =>
      formatLine(`${stack} against ${organization.name} (${organization.id}) at ${host}: ${calls} calls`),
    ),
    ...formatLine(formatBaseline(against)),
    "",
    ...(drift.length === 0 ? ["Nothing has drifted."] : drift.flatMap((finding) => [...formatFinding(finding, paint), ""])),
    ...formatFirstRun(report),
    ...formatSection(
      "Reported, but not drift:",
      findings.flatMap(({ expected, says, rule, resource }) =>
        expected === undefined ? [] : [`${resource.name}: ${says} [${rule} ${resource.id}]`],
      ),
    ),
    ...formatSection(
      "Ignored:",
      ignored.map(({ finding, reason, expires }) => `${finding.rule} ${finding.resource.id} until ${expires}: ${reason}`),
    ),
    ...formatSection(
      "Rules that have expired and ignore nothing:",
      expiredRules.map(({ rule, resource, expires }) => `${rule} ${resource}, ${expires}`),
    ),
    ...formatSection(
      "Not judged, because it could not be read:",
      unjudged.map(({ resource, what, reason }) => `${resource.name} (${resource.id}), ${what}: ${reason}`),
    ),
    ...(elsewhere.length > 0
      ? [
          "",
          ...formatLine(
            `Created by other stacks, as the ownership tags of these projects claim, and not judged here: ${elsewhere.join(", ")}.`,
          ),
        ]
      : []),
    ...(repair ? formatRepair(repair) : []),
    ...(report.draft ? formatDraft(report.draft) : []),
    "",
    ...formatLine(`API keys looked at: ${accounts.map(({ keys }) => keys).join("; ")}.`),
    ...formatLine(`Never compared: ${NEVER_COMPARED.join(", ")}.`),
    "",
  ].join("\n");
}

/** What to do where all that is told is what nothing declares, and nothing was ever accepted: nobody need have broken in. */
function formatFirstRun(report: DriftReport): string[] {
  const drift = listDrift(report);
  const isFirst = report.draft === undefined && report.ignored.length === 0 && report.expiredRules.length === 0 && drift.length > 0;
  if (!isFirst || drift.some(({ class: of }) => of !== "added")) return [];
  return formatLine(
    "Nothing that the stack declares has changed. What nothing declares may have been there all along: look at each, declare what belongs to the stack, remove what nobody vouches for, and draft an ignore file of the rest with palisade drift --write-ignore.",
  );
}

const MOST_NAMED = 3;

function formatBaseline({ source, recordedAt, unrecorded, unknown }: DriftReport["against"]): string {
  const more = unknown.length - MOST_NAMED;
  const named = unknown.slice(0, MOST_NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const blind =
    unknown.length === 0
      ? ""
      : ` Not known: whether somebody has opened what the program leaves out and the record does not hold (${named}). palisade drift --record looks at it from now on.`;
  if (source === "state")
    return `Compared with the state, because nothing is recorded yet: a refresh may have made drift part of it. Run palisade drift --record after each pulumi up.${blind}`;
  const later =
    unrecorded.length === 0
      ? ""
      : ` ${unrecorded.length === 1 ? "1 resource" : `${unrecorded.length} resources`} came later, so the record is old: run palisade drift --record after each pulumi up.`;
  return `Compared with what was applied, recorded at ${recordedAt ?? ""}.${later}${blind}`;
}

function formatFinding(finding: DriftFinding, paint: SeverityPainter): string[] {
  const { severity, direction, class: of, resource, property, rule, says, before, after, remedy, changedAt, changedBy } = finding;
  const head = truncate(
    `${severity.padEnd(7)}${SIGNS[direction].padEnd(9)}${of.padEnd(8)} ${resource.kind} ${escapeForTerminal(resource.name)}`,
    WIDTH,
  );
  const when = [changedAt === undefined ? undefined : `Last changed ${changedAt}`, changedBy === undefined ? undefined : `by ${changedBy}`];
  return [
    paint(severity, head),
    ...formatBlock(says),
    ...formatBlock(`${property === undefined ? "" : `${property}: `}${before ?? ""}  ->  ${after ?? ""}`),
    ...formatBlock(when.filter((part) => part !== undefined).join(" ")),
    ...formatBlock(`${remedy} [${rule} ${resource.id}]`),
  ];
}

function formatRepair({ applied, steps, left, done }: RepairReport): string[] {
  return [
    ...formatSection(
      applied ? "Repair:" : "A repair would (with --apply):",
      applied
        ? done.map(({ what, resource, outcome, why }) => `${outcome}: ${what} (${resource.name})${why === undefined ? "" : `: ${why}`}`)
        : steps.map(({ what, resource }) => `${what} (${resource.name})`),
    ),
    ...formatSection(
      "Not repaired:",
      left.map(({ resource, rule, why }) => `${rule} ${resource.name}: ${why}`),
    ),
    ...(steps.length === 0 && left.length > 0 ? ["", "There is nothing to close."] : []),
  ];
}

function formatDraft({ file, entries, commented, left }: DraftReport): string[] {
  const comments = commented === 0 ? "" : `, ${commented} of high severity as comments`;
  const text =
    file === null
      ? "Nothing is to be drafted, so no file is written."
      : `${file}: ${entries} entries to fill in${comments}. Give each a reason, delete what nobody vouches for, then run palisade drift --ignore.`;
  return [
    "",
    ...formatLine(text),
    ...formatSection(
      "Not in the draft:",
      left.map(({ rule, resource, why }) => `${rule} ${resource.name}: ${why}`),
    ),
  ];
}

const formatSection = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", title, ...lines.flatMap((each) => wrapLines(escapeForTerminal(`- ${each}`), WIDTH))];
const formatLine = (text: string): string[] => wrapLines(escapeForTerminal(text), WIDTH);
const INDENT = "       ";
const formatBlock = (text: string): string[] =>
  text === "" ? [] : wrapLines(escapeForTerminal(text), WIDTH - INDENT.length).map((each) => INDENT + each);
