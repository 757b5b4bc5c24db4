import { isOnSameMachine } from "../../contract/auditSinks.js";
import { UNKNOWN } from "../../provider/introspection.js";
import { type Control, createUnknownError, getList, getValue } from "../control.js";
import type { Stack } from "../stack.js";
import { CannotJudgeError, type Subject } from "../subject.js";

/** What of the audit leaves the plane's own machine. An extension of the embedded plane: Neon's API has no audit, and a stack of Neon declares none. */

const COVERED = ["changes", "refusals"] as const;
type Covered = (typeof COVERED)[number];

/** Types of rows that tell of it: all of them are needed. */
const TYPES: Readonly<Record<Covered, readonly string[]>> = { changes: ["change"], refusals: ["connection", "refusals-counted"] };
/** Least severities that still let it through; changes are `info`, refusals `low`. */
const SEVERITIES: Readonly<Record<Covered, readonly unknown[]>> = { changes: [undefined, "info"], refusals: [undefined, "info", "low"] };
const NAMES: Readonly<Record<Covered, string>> = { changes: "changes by calls", refusals: "refused connections" };

/** What an export takes off the plane's machine; nothing while it is disabled or stays there. Throws CannotJudgeError. */
function listCovered(one: Subject): readonly Covered[] {
  if (getValue(one, "enabled") === false || staysOnMachine(one)) return [];
  return COVERED.filter((what) => isLetThrough(one, what));
}

/** A file, and a receiver that listens on the same machine: an operator's entry allows that as well. */
function staysOnMachine(one: Subject): boolean {
  if (getValue(one, "sink", "file") !== undefined) return true;
  const hosts = [getValue(one, "sink", "webhook", "host"), getValue(one, "sink", "syslog", "host")];
  return hosts.some((host) => typeof host === "string" && isOnSameMachine(host));
}

function isLetThrough(one: Subject, what: Covered): boolean {
  if (!SEVERITIES[what].includes(getValue(one, "filter", "minimumSeverity"))) return false;
  if (!TYPES[what].every((type) => isSelected(one, "types", type))) return false;
  return what === "changes" || isSelected(one, "decisions", "refused");
}

/** A list that is left out selects everything. */
function isSelected(one: Subject, list: "types" | "decisions", word: string): boolean {
  if (getValue(one, "filter", list) === undefined) return true;
  const words = getList(one, "filter", list);
  if (!words.includes(word) && words.includes(UNKNOWN)) throw createUnknownError(`filter.${list}`);
  return words.includes(word);
}

/** What no export of them covers. Throws CannotJudgeError where one that cannot be judged may. */
function listMissing(all: readonly Subject[]): readonly Covered[] {
  const covered = new Set<Covered>();
  let unjudged: CannotJudgeError | undefined;
  for (const one of all)
    try {
      listCovered(one).forEach((what) => covered.add(what));
    } catch (error) {
      if (!(error instanceof CannotJudgeError)) throw error;
      unjudged = error;
    }
  const missing = COVERED.filter((what) => !covered.has(what));
  if (missing.length > 0 && unjudged) throw unjudged;
  return missing;
}

/** Of the same organisation by the same account, which may be one of another plane: each has an audit of its own. Throws CannotJudgeError. */
const listOfOrganization = (subject: Subject, stack: Stack): readonly Subject[] =>
  stack.listKind("AuditExport").filter((one) => ["account", "orgId"].every((name) => getValue(one, name) === getValue(subject, name)));

const formatMissing = (missing: readonly Covered[]): string => missing.map((what) => NAMES[what]).join(" and ");

const EVIDENCE = {
  scope: "stack",
  soc2: ["CC7.2"],
  iso27001: ["A.5.33", "A.8.15"],
  privacy: "logging",
  promises: [17],
} as const satisfies Partial<Control>;

export const auditExportControls: readonly Control[] = [
  {
    ...EVIDENCE,
    id: "audit-export-outside",
    kinds: ["AuditExport"],
    level: "mandatory",
    severity: "high",
    requires: "Exports of an embedded plane's audit take changes and refused connections off the plane's own machine.",
    why: "Whoever takes that machine over can rewrite what lies on it; refusals show the attempt, and changes what came of it.",
    remedy: "Export to a webhook, syslog, S3 or blobs, with no filter; a file may be one more.",
    *check(subject, _settings, stack) {
      const missing = listMissing(listOfOrganization(subject, stack));
      if (missing.length > 0) yield `No export that is enabled and leaves the plane's machine has ${formatMissing(missing)}.`;
    },
  },
  {
    ...EVIDENCE,
    id: "audit-exported",
    kinds: ["Project"],
    level: "disabled",
    severity: "high",
    requires:
      "The stack of a project on an embedded plane exports the audit off the plane's machine, where the pack's configuration turns this control on.",
    why: "Without an export the evidence of an attack is where the attack was. At Neon there is no such export, so it is not asked for there.",
    remedy: "Declare an AuditExport for the project's organisation: a webhook, syslog, S3 or blobs, with no filter.",
    *check(subject, _settings, stack) {
      const missing = listMissing(listOfOrganization(subject, stack));
      if (missing.length > 0) yield `No AuditExport of the stack takes ${formatMissing(missing)} off the plane's machine.`;
    },
  },
];
