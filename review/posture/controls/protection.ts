import { DAY_SECONDS, formatSeconds } from "../../../contract/durations.js";
import { MAX_RETENTION_SECONDS } from "../../../contract/wire/backupSchedule.js";
import type { Outcome, PostureControl } from "../control.js";
import { isProduction, type PostureFacts, type PostureProject, PRODUCTION_NAMES } from "../facts.js";
import { fromProjectRule, judgeProjects, judgeRead, toBranchRef, toOutcome } from "./outcomes.js";

/** As the policy pack asks by default. */
const LEAST_HISTORY_DAYS = 7;
/** What Neon says in public that its own backups are kept for. */
const LEAST_BACKUP_DAYS = 30;
/** Unprotected branches that are meant to last, as the policy pack's default has them. */
const LASTING_NAMES: ReadonlySet<string> = new Set(["dev", "development", "staging"]);

const RECOVERY = { soc2: ["A1.2"], iso27001: ["A.8.13"], privacy: "recovery" } as const;

/** One outcome for each important branch whose schedule is to be looked at. @param find what is wrong; false where there is nothing to judge */
function* judgeSchedules(
  { projects }: PostureFacts,
  find: (items: readonly { readonly retention_seconds?: number | undefined }[]) => string | undefined | false,
): Iterable<Outcome> {
  for (const project of projects)
    for (const branch of project.branches?.filter(isProduction) ?? []) {
      const resource = toBranchRef(project, branch);
      const schedule = project.schedules.get(branch.id) ?? { reason: "it was not asked for" };
      yield* judgeRead(resource, schedule, (items) => {
        const what = find(items);
        return what === false ? [] : [toOutcome(resource, what)];
      });
    }
  yield* tellUnreadBranches(projects);
}

/** Of projects whose branches could not be read nothing is known. */
function* tellUnreadBranches(projects: readonly PostureProject[]): Iterable<Outcome> {
  for (const { project, branches } of projects)
    if (branches === undefined)
      yield {
        resource: { kind: "project", id: project.id, name: project.name },
        state: "notKnown",
        reason: "its branches could not be read",
      };
}

/** One outcome for each branch. @param find what is wrong; false where there is nothing to judge */
function* judgeBranches(
  { projects }: PostureFacts,
  find: (branch: NonNullable<PostureProject["branches"]>[number]) => string | undefined | false,
): Iterable<Outcome> {
  for (const project of projects)
    for (const branch of project.branches ?? []) {
      const what = find(branch);
      if (what !== false) yield toOutcome(toBranchRef(project, branch), what);
    }
  yield* tellUnreadBranches(projects);
}

/** No history at all is told by a rule of its own. */
function* judgeHistory(facts: PostureFacts): Iterable<Outcome> {
  const find = ({ project: { history_retention_seconds: seconds } }: PostureProject) =>
    seconds !== undefined && seconds < LEAST_HISTORY_DAYS * DAY_SECONDS ? formatSeconds(seconds) : undefined;
  for (const outcome of judgeProjects(["history"], find)(facts)) {
    const isNone = facts.projects.some(({ project }) => project.id === outcome.resource.id && project.history_retention_seconds === 0);
    yield outcome.state === "fails" && isNone ? { ...outcome, state: "toldBy", rules: ["no-history"] } : outcome;
  }
}

/** What keeps data from being lost, and copies of it from staying. */
export const protectionControls: readonly PostureControl[] = [
  {
    ...fromProjectRule("default-branch-unprotected", ["branches"]),
    soc2: ["A1.2", "CC8.1"],
    iso27001: ["A.5.33", "A.8.31"],
    privacy: "recovery",
    requires: "The default branch of each project is protected.",
    why: "While it is, no call deletes or resets it, its compute or its project, and copies of it get new passwords.",
    promises: [7],
    policies: ["production-protected"],
    asks: ["projects", "branches"],
  },
  {
    id: "production-branch-unprotected",
    says: "A branch with a name of production is not protected.",
    severity: "high",
    soc2: ["A1.2", "CC8.1"],
    iso27001: ["A.5.33", "A.8.31"],
    privacy: "recovery",
    requires: `Each branch other than the default that is named ${[...PRODUCTION_NAMES].join(", ")} is protected.`,
    why: "What a branch is called is what people take it for.",
    remedy: "Use ProtectedBranch, or declare a BranchProtection.",
    promises: [7],
    policies: ["production-protected"],
    asks: ["branches"],
    check: (facts) =>
      judgeBranches(facts, ({ name, default: isDefault, protected: isProtected }) =>
        isDefault || !PRODUCTION_NAMES.has(name) ? false : isProtected ? undefined : "it is not protected",
      ),
  },
  {
    ...fromProjectRule("no-history", ["history"]),
    ...RECOVERY,
    requires: "Each project keeps history.",
    why: "Without it nothing that was deleted or overwritten comes back.",
    promises: [18],
    policies: ["history-retained"],
    asks: ["projects"],
  },
  {
    id: "short-history",
    says: "History ends before the weekend's damage is found.",
    severity: "low",
    ...RECOVERY,
    requires: `History reaches back ${LEAST_HISTORY_DAYS} days or more.`,
    why: "Damage is often found after the weekend.",
    remedy: `Set historyRetentionSeconds: ${LEAST_HISTORY_DAYS * DAY_SECONDS}.`,
    promises: [18],
    policies: ["history-retained"],
    asks: ["projects"],
    check: judgeHistory,
  },
  {
    id: "no-backup-schedule",
    says: "A branch of production is not backed up on a schedule.",
    severity: "medium",
    ...RECOVERY,
    requires: "The default branch, and each with a name of production, is backed up on a schedule.",
    why: "History ends with the branch that holds it; a snapshot does not.",
    remedy: "Declare a BackupSchedule.",
    promises: [18],
    policies: [],
    asks: ["branches", "backups"],
    check: (facts) => judgeSchedules(facts, (items) => (items.length === 0 ? "no schedule" : undefined)),
  },
  {
    id: "backups-end-early",
    says: "No backup of the schedule is kept long enough.",
    severity: "low",
    ...RECOVERY,
    requires: `Some backup of each schedule is kept for ${LEAST_BACKUP_DAYS} days or longer.`,
    why: "What was damaged slowly is in every backup of the last week.",
    remedy: `Set retentionSeconds: ${LEAST_BACKUP_DAYS * DAY_SECONDS} or more on an entry of the BackupSchedule.`,
    promises: [18],
    policies: [],
    asks: ["branches", "backups"],
    check: (facts) =>
      judgeSchedules(facts, (items) => {
        if (items.length === 0) return false;
        const longest = Math.max(...items.map(({ retention_seconds: seconds = MAX_RETENTION_SECONDS }) => seconds));
        return longest < LEAST_BACKUP_DAYS * DAY_SECONDS ? `kept for ${Math.floor(longest / DAY_SECONDS)} days at most` : undefined;
      }),
  },
  {
    id: "copy-without-end",
    says: "A copy of data has no end.",
    severity: "low",
    soc2: ["C1.2"],
    iso27001: ["A.8.10"],
    privacy: "retention",
    requires: "A branch that is neither protected, the default, nor named as one that lasts has an end.",
    why: "A forgotten preview keeps a copy of people's data for ever.",
    remedy: `Set expiresAt, protect the branch, or name it ${[...LASTING_NAMES].join(", ")}.`,
    promises: [19, 20],
    policies: ["copies-expire"],
    asks: ["branches"],
    check: (facts) =>
      judgeBranches(facts, ({ name, default: isDefault, protected: isProtected, expires_at: end }) =>
        isDefault || isProtected || LASTING_NAMES.has(name) ? false : end === undefined ? "it has no end" : undefined,
      ),
  },
];
