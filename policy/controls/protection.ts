import { DAY_SECONDS } from "../../contract/durations.js";
import { getLastPart } from "../../contract/ids.js";
import { UNKNOWN } from "../../provider/introspection.js";
import { type Control, type Setting, type Settings, getValue } from "../control.js";
import { CannotJudgeError, type Subject } from "../subject.js";
import type { Stack } from "../stack.js";

/** What keeps data from being lost, and copies of it from staying. */

const createNamePattern = (of: string, pattern: string): Setting => ({
  type: "string",
  format: "regex",
  maxLength: 200,
  default: pattern,
  description: `Regular expression for the names of ${of}.`,
});

const matchesName = (name: unknown, pattern: unknown): boolean => typeof name === "string" && new RegExp(String(pattern)).test(name);

/**
 * Whether Neon's protection is on for a `Branch` or for the default branch of a `Project`, by itself and by each `BranchProtection` of it:
 * where they disagree, whoever runs last decides, so it is not. Throws CannotJudgeError.
 */
export function isProtected(subject: Subject, stack: Stack): boolean {
  const declared = subject.kind === "Project" ? getValue(subject, "defaultBranch", "protected") : getValue(subject, "protected");
  if (declared === false) return false;
  const { known: sure, isIncomplete: unsure } = stack.findInProject(subject, "BranchProtection");
  const values = sure.filter((one) => isProtectionFor(one, subject) === true).map((one) => getValue(one, "protected"));
  if (values.includes(false)) return false;
  // One whose branch is only an id may be for this branch.
  const unclear = sure.filter((one) => isProtectionFor(one, subject) === undefined).map((one) => getValue(one, "protected"));
  const isOn = declared === true || values.includes(true);
  if (unclear.includes(!isOn) || (unsure && !isOn)) throw new CannotJudgeError("which branch a BranchProtection is for does not show");
  return isOn;
}

/** Whether it is for this branch; undefined where it names some id, and this branch's own does not show. */
function isProtectionFor({ inputs, origins }: Subject, { kind, urn, inputs: { defaultBranchId } }: Subject): boolean | undefined {
  if ((origins["branch"] ?? []).includes(urn)) return true;
  if (inputs["branch"] === "default") return kind === "Project";
  if ((origins["branch"] ?? []).length > 0) return false;
  const id = inputs["branch"];
  if (kind === "Project" && typeof id === "string" && typeof defaultBranchId === "string" && ![id, defaultBranchId].includes(UNKNOWN))
    return getLastPart(id) === defaultBranchId;
  return undefined;
}

function* checkHistoryRetention(subject: Subject, { days }: Settings): Iterable<string> {
  const seconds = getValue(subject, "historyRetentionSeconds");
  if (typeof seconds !== "number") yield "historyRetentionSeconds is not declared, and Neon keeps one day.";
  else if (seconds < Number(days) * DAY_SECONDS) yield `historyRetentionSeconds is ${seconds}.`;
}

export const protectionControls: readonly Control[] = [
  {
    id: "production-protected",
    scope: "stack",
    kinds: ["Project", "Branch"],
    level: "mandatory",
    severity: "high",
    soc2: ["A1.2", "CC8.1"],
    iso27001: ["A.5.33", "A.8.31"],
    privacy: "recovery",
    promises: [7],
    requires: "The default branch of each project, and each branch with a name of production, is protected.",
    why: "While a branch is protected no call deletes or resets it, its compute or its project, and copies of it get new passwords.",
    remedy: "Set defaultBranch: { protected: true }, use ProtectedBranch, or declare a BranchProtection.",
    settings: { productionBranches: createNamePattern("branches of production", "^(main|master|prod|production)$") },
    *check(subject, { productionBranches }, stack) {
      if (subject.kind === "Branch" && !matchesName(getValue(subject, "name"), productionBranches)) return;
      if (!isProtected(subject, stack)) yield subject.kind === "Project" ? "Its default branch is not protected." : "It is not protected.";
    },
  },
  {
    id: "pulumi-protect",
    scope: "resource",
    kinds: ["Project", "Branch"],
    level: "mandatory",
    severity: "medium",
    soc2: ["A1.2", "CC8.1"],
    iso27001: ["A.5.33", "A.8.32"],
    privacy: "recovery",
    promises: [7, 24],
    requires: "Projects and protected branches have Pulumi's option `protect`.",
    why: "A rename or a removed line is a deletion to Pulumi; with protect it is an error first.",
    remedy: "Pass { protect: true } as the resource's options; ProtectedBranch does by itself.",
    *check(subject) {
      if (subject.protect) return;
      if (subject.kind === "Project" || getValue(subject, "protected") === true) yield "The option protect is not set.";
    },
  },
  {
    id: "history-retained",
    scope: "resource",
    kinds: ["Project"],
    level: "mandatory",
    severity: "medium",
    soc2: ["A1.2"],
    iso27001: ["A.8.13"],
    privacy: "recovery",
    promises: [18],
    requires: "History is kept long enough to bring back what was deleted or overwritten.",
    why: "A restore reaches back as far as the history does, and damage is often found after the weekend.",
    remedy: "Set historyRetentionSeconds, such as 604800 (7 days).",
    settings: { days: { type: "integer", minimum: 1, maximum: 30, default: 7, description: "Shortest history, in days." } },
    check: checkHistoryRetention,
  },
  {
    id: "copies-expire",
    scope: "resource",
    kinds: ["Branch"],
    level: "advisory",
    severity: "low",
    soc2: ["C1.2"],
    iso27001: ["A.8.10"],
    privacy: "retention",
    promises: [19, 20],
    requires: "A branch that is neither protected nor meant to last has an end.",
    why: "A forgotten preview keeps a copy of people's data for ever.",
    remedy: "Set expiresAt, protect the branch, or name it as one that lasts in the pack's configuration.",
    settings: { lastingBranches: createNamePattern("unprotected branches that last", "^(dev|development|staging)$") },
    *check(subject, { lastingBranches }) {
      if (getValue(subject, "protected") === true || matchesName(getValue(subject, "name"), lastingBranches)) return;
      if (getValue(subject, "expiresAt") === undefined) yield "expiresAt is not set.";
    },
  },
];
