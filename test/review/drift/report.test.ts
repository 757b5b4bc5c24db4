import type { DriftFinding } from "../../../review/drift/driftItem.js";
import { listDrift, type DriftReport, toText } from "../../../review/drift/report.js";

/** What a run says to people. */

const finding = (more: Partial<DriftFinding> = {}): DriftFinding => ({
  rule: "api-key-added",
  class: "added",
  severity: "high",
  direction: "opens",
  remedy: "Remove it.",
  says: "A key.",
  resource: { kind: "apiKey", id: "org-1/1", name: "ci" },
  ...more,
});

const report = (more: Partial<DriftReport> = {}): DriftReport => ({
  version: 1,
  stack: "dev",
  at: "2026-06-01T00:00:00Z",
  accounts: [],
  findings: [],
  ignored: [],
  expiredRules: [],
  unjudged: [],
  elsewhere: [],
  notCompared: [],
  repair: null,
  against: { source: "applied", recordedAt: "2026-06-01T00:00:00Z", unrecorded: [], unknown: [] },
  ...more,
});

const textOf = (more: Partial<DriftReport> = {}): string => toText(report(more), (_severity, text) => text).replace(/\s+/g, " ");
const DRAFT_HINT = "draft an ignore file of the rest with palisade drift --write-ignore";

it("what is expected is told apart from drift, and counts for nothing", () => {
  const all = report({ findings: [finding({ expected: "askingKey", says: "The key that runs this command." })] });
  expect(listDrift(all)).toEqual([]);
  expect(textOf(all)).toContain(
    "Nothing has drifted. Reported, but not drift: - ci: The key that runs this command. [api-key-added org-1/1]",
  );
});

it("a run that finds only what nothing declares says what to do, until something is ignored or something has changed", () => {
  expect(textOf({ findings: [finding()] })).toContain(DRAFT_HINT);
  expect(textOf()).not.toContain(DRAFT_HINT);
  expect(textOf({ findings: [finding(), finding({ class: "changed" })] })).not.toContain(DRAFT_HINT);
  expect(textOf({ findings: [finding()], ignored: [{ finding: finding(), reason: "known", expires: "2026-07-01" }] })).not.toContain(
    DRAFT_HINT,
  );
});

it("what nobody knows of is named, the first three of it", () => {
  const against = { source: "state" as const, recordedAt: null, unrecorded: [], unknown: ["a x", "b x", "c x", "d x", "e x"] };
  expect(textOf({ against })).toContain("the record does not hold (a x, b x, c x and 2 more)");
  expect(textOf()).not.toContain("Not known");
});

it("a draft says where it is, what is in it, and what is not", () => {
  const left = [
    {
      rule: "range-overdue",
      resource: { kind: "ipAllowlistEntry", id: "p-1/192.0.2.1", name: "shop/192.0.2.1" },
      why: "palisade enforce removes it",
    },
  ];
  expect(textOf({ draft: { file: "/x/drift-ignore.yaml", entries: 2, commented: 1, left } })).toMatch(
    /\/x\/drift-ignore\.yaml: 2 entries to fill in, 1 of high severity as comments\..*Not in the draft: - range-overdue shop\/192\.0\.2\.1: palisade enforce removes it/,
  );
  expect(textOf({ draft: { file: null, entries: 0, commented: 0, left: [] } })).toContain(
    "Nothing is to be drafted, so no file is written.",
  );
});

it("no name of other people's moves the cursor", () => {
  const text = toText(
    report({ findings: [finding({ expected: "askingKey", says: "x\u001b[2J\u202e" })], elsewhere: ["\u001b]0;x"] }),
    (_severity, each) => each,
  );
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
