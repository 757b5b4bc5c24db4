import { DAY_SECONDS } from "../../contract/durations.js";
import { lastPart } from "../../contract/ids.js";
import { UNKNOWN } from "../../provider/resources/settled.js";
import { CannotJudge, type Control, type Setting, type Settings, type Subject, valueAt } from "../control.js";
import type { Stack } from "../stack.js";

/** What keeps data from being lost, and copies of it from staying. */

const namePattern = (of: string, pattern: string): Setting => ({
  ...{ type: "string", format: "regex", maxLength: 200, default: pattern },
  description: `Regular expression for the names of ${of}.`,
});

const matches = (name: unknown, pattern: unknown): boolean => typeof name === "string" && new RegExp(String(pattern)).test(name);

/**
 * Whether Neon's protection is on for a `Branch` or for the default branch of a `Project`, by itself and by each `BranchProtection` of it:
 * where they disagree, whoever runs last decides, so it is not. Throws CannotJudge.
 */
export function isProtected(subject: Subject, stack: Stack): boolean {
  const declared = subject.kind === "Project" ? valueAt(subject, "defaultBranch", "protected") : valueAt(subject, "protected");
  if (declared === false) return false;
  const { sure, unsure } = stack.inProjectOf(subject, "BranchProtection");
  const values = sure.filter((one) => guards(one, subject) === true).map((one) => valueAt(one, "protected"));
  if (values.includes(false)) return false;
  // One whose branch is only an id may be for this branch.
  const unclear = sure.filter((one) => guards(one, subject) === undefined).map((one) => valueAt(one, "protected"));
  const isOn = declared === true || values.includes(true);
  if (unclear.includes(!isOn) || (unsure && !isOn)) throw new CannotJudge("which branch a BranchProtection is for does not show");
  return isOn;
}

/** Whether it is for this branch; undefined where it names some id, and this branch's own does not show. */
function guards({ inputs, origins }: Subject, { kind, urn, inputs: { defaultBranchId } }: Subject): boolean | undefined {
  if ((origins["branch"] ?? []).includes(urn)) return true;
  if (inputs["branch"] === "default") return kind === "Project";
  if ((origins["branch"] ?? []).length > 0) return false;
  const id = inputs["branch"];
  if (kind === "Project" && typeof id === "string" && typeof defaultBranchId === "string" && ![id, defaultBranchId].includes(UNKNOWN))
    return lastPart(id) === defaultBranchId;
  return undefined;
}

function* tooShort(subject: Subject, { days }: Settings): Iterable<string> {
  const seconds = valueAt(subject, "historyRetentionSeconds");
  if (typeof seconds !== "number") yield "historyRetentionSeconds is not declared, and Neon keeps one day.";
  else if (seconds < Number(days) * DAY_SECONDS) yield `historyRetentionSeconds is ${seconds}.`;
}

export const protectionControls: readonly Control[] = [
  {
    ...{ id: "production-protected", scope: "stack", kinds: ["Project", "Branch"], level: "mandatory", severity: "high" },
    ...{ soc2: ["A1.2", "CC8.1"], iso27001: ["A.5.33", "A.8.31"] },
    requires: "The default branch of each project, and each branch with a name of production, is protected.",
    why: "While a branch is protected no call deletes or resets it, its compute or its project, and copies of it get new passwords.",
    remedy: "Set defaultBranch: { protected: true }, use ProtectedBranch, or declare a BranchProtection.",
    settings: { productionBranches: namePattern("branches of production", "^(main|master|prod|production)$") },
    *check(subject, { productionBranches }, stack) {
      if (subject.kind === "Branch" && !matches(valueAt(subject, "name"), productionBranches)) return;
      if (!isProtected(subject, stack)) yield subject.kind === "Project" ? "Its default branch is not protected." : "It is not protected.";
    },
  },
  {
    ...{ id: "pulumi-protect", scope: "resource", kinds: ["Project", "Branch"], level: "mandatory", severity: "medium" },
    ...{ soc2: ["A1.2", "CC8.1"], iso27001: ["A.5.33", "A.8.32"] },
    requires: "Projects and protected branches have Pulumi's option `protect`.",
    why: "A rename or a removed line is a deletion to Pulumi; with protect it is an error first.",
    remedy: "Pass { protect: true } as the resource's options; ProtectedBranch does by itself.",
    *check(subject) {
      if (subject.protect) return;
      if (subject.kind === "Project" || valueAt(subject, "protected") === true) yield "The option protect is not set.";
    },
  },
  {
    ...{ id: "history-retained", scope: "resource", kinds: ["Project"], level: "mandatory", severity: "medium" },
    ...{ soc2: ["A1.2"], iso27001: ["A.8.13"] },
    requires: "History is kept long enough to bring back what was deleted or overwritten.",
    why: "A restore reaches back as far as the history does, and damage is often found after the weekend.",
    remedy: "Set historyRetentionSeconds, such as 604800 (7 days).",
    settings: { days: { type: "integer", minimum: 1, maximum: 30, default: 7, description: "Shortest history, in days." } },
    check: tooShort,
  },
  {
    ...{
      id: "copies-expire",
      scope: "resource",
      kinds: ["Branch"],
      level: "advisory",
      severity: "low",
      soc2: ["C1.2"],
      iso27001: ["A.8.10"],
    },
    requires: "A branch that is neither protected nor meant to last has an end.",
    why: "A forgotten preview keeps a copy of people's data for ever.",
    remedy: "Set expiresAt, protect the branch, or name it as one that lasts in the pack's configuration.",
    settings: { lastingBranches: namePattern("unprotected branches that last", "^(dev|development|staging)$") },
    *check(subject, { lastingBranches }) {
      if (valueAt(subject, "protected") === true || matches(valueAt(subject, "name"), lastingBranches)) return;
      if (valueAt(subject, "expiresAt") === undefined) yield "expiresAt is not set.";
    },
  },
];
