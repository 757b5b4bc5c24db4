import { BRANCH_ID, CU, IN_BRANCH, IN_BRANCH_CASES, LOW, NOT_AN_ID, type Rejected, sizeCases, TIME } from "./words.js";

/** Branches, their computes and their backups. */
export const BRANCHES = {
  Branch: {
    sound: { projectId: "quiet-lake-12345678", name: "dev" },
    cases: [
      ["projectId", { projectId: "Quiet Lake" }, "projectId", NOT_AN_ID],
      ["name", { name: "x".repeat(257) }, "name", "must have at most 256 characters"],
      ["parentBranchId", { parentBranchId: "main" }, "parentBranchId", BRANCH_ID],
      ["from.timestamp", { from: { timestamp: "yesterday" } }, "from.timestamp", TIME],
      ["from.lsn", { from: { lsn: "16" } }, "from.lsn", "must be an LSN such as 0/1DE2850"],
      ["from", { from: {} }, "from", "needs exactly one of timestamp and lsn"],
      ["initSource", { initSource: "nothing" }, "initSource", 'expected one of "parent-data"|"schema-only"'],
      ["protected", { protected: "yes" }, "protected", "expected boolean, received string"],
      ["expiresAt", { expiresAt: "tomorrow" }, "expiresAt", TIME],
      [
        "expiresAt",
        { protected: true, expiresAt: "2027-01-31T12:00:00Z" },
        "expiresAt",
        "a protected branch cannot expire: remove expiresAt or set protected: false",
      ],
      ["compute", { compute: "large" }, "compute", 'must be "none" or an object'],
      ["compute.minCu", { compute: { minCu: 0 } }, "compute.minCu", CU],
      ["compute.minCu", { compute: { minCu: 0.3 } }, "compute.minCu", "must be a multiple of 0.25 compute units"],
      ["compute.maxCu", { compute: { maxCu: 0 } }, "compute.maxCu", CU],
      ...sizeCases("compute.", (compute) => ({ compute })),
      [
        "compute.suspendTimeoutSeconds",
        { compute: { suspendTimeoutSeconds: 604_801 } },
        "compute.suspendTimeoutSeconds",
        'must be at most 604800 seconds (7 days), or "never"',
      ],
    ],
  },
  BranchProtection: {
    sound: { projectId: "quiet-lake-12345678", branch: "default", protected: true },
    cases: [
      ["projectId", { projectId: "" }, "projectId", NOT_AN_ID],
      ["branch", { branch: "main" }, "branch", 'must be "default" or a branch id such as br-wispy-sun-b343qpnf'],
      ["protected", { protected: undefined }, "protected", "is required"],
    ],
  },
  ComputeEndpoint: {
    sound: { ...IN_BRANCH, type: "read_only" },
    cases: [
      ...IN_BRANCH_CASES,
      ["type", { type: "replica" }, "type", 'must be "read_write" or "read_only"'],
      ["minCu", { minCu: 0 }, "minCu", CU],
      ["maxCu", { maxCu: 0 }, "maxCu", CU],
      ...sizeCases("", (size) => size),
      ["suspendTimeoutSeconds", { suspendTimeoutSeconds: 5 }, "suspendTimeoutSeconds", LOW],
      ["disabled", { disabled: "no" }, "disabled", "expected boolean, received string"],
      [
        "settings.pgSettings",
        { settings: { pgSettings: { work_mem: 4 } } },
        "settings.pgSettings.work_mem",
        "expected string, received number",
      ],
    ],
  },
  BackupSchedule: {
    sound: { projectId: "quiet-lake-12345678", branchId: "br-wispy-sun-b343qpnf", frequency: "daily" },
    cases: [
      ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
      ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
      ["frequency", { frequency: "hourly" }, "frequency", 'must be "daily", "weekly", "monthly"'],
      ["hour", { hour: 24 }, "hour", "must be from 0 to 23"],
      ["day", { frequency: "monthly", day: 32 }, "day", "must be from 1 to 31"],
      ["day", { frequency: "weekly", day: 8 }, "day", "of a week must be from 1 (Monday) to 7 (Sunday)"],
      ["day", { frequency: "weekly" }, "day", "belongs to weekly and monthly schedules, and they need it"],
      ["day", { day: 1 }, "day", "belongs to weekly and monthly schedules, and they need it"],
      ["retentionSeconds", { retentionSeconds: 60 }, "retentionSeconds", "must be at least an hour (3600)"],
      ["retentionSeconds", { retentionSeconds: 3_024_001 }, "retentionSeconds", "must be at most 35 days (3024000)"],
      ["release", { release: "yes" }, "release", "expected boolean, received string"],
    ],
  },
  Snapshot: {
    sound: { projectId: "quiet-lake-12345678", branchId: "br-wispy-sun-b343qpnf", name: "before" },
    cases: [
      ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
      ["branchId", { branchId: "main" }, "branchId", BRANCH_ID],
      ["name", { name: "" }, "name", "must not be empty"],
      ["from", { from: {} }, "from", "needs exactly one of timestamp and lsn"],
      ["from.timestamp", { from: { timestamp: "noon" } }, "from.timestamp", TIME],
      ["from.lsn", { from: { lsn: "zero" } }, "from.lsn", "must be an LSN such as 0/1DE2850"],
      ["expiresAt", { expiresAt: "tomorrow" }, "expiresAt", TIME],
    ],
  },
} satisfies Rejected;
