import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { computeApprovalDigest, closeApprovals, reopenApproval, claimApproval, readApprovalUse } from "../../../review/approval/claims.js";
import type { Intention } from "../../../review/approval/intention.js";
import type { VerifiedApproval } from "../../../review/approval/signature.js";

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-claims-"));
  log = join(folder, "log", "verdicts.jsonl");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const INTENTION: Intention = { resources: {}, findings: [], unjudged: [] };
const approved = (changes: Partial<VerifiedApproval["approval"]> = {}): VerifiedApproval => ({
  signer: "reviewer@example.com",
  approval: {
    version: 1,
    stack: "shop/dev",
    commit: "a".repeat(40),
    tree: "b".repeat(40),
    verdict: "needsReview",
    delta: "1".repeat(64),
    state: "2".repeat(64),
    live: "3".repeat(64),
    issuedAt: "2026-03-01T11:00:00Z",
    expiresAt: "2026-03-02T11:00:00Z",
    ...changes,
  },
});
const take = async (one = approved()) => claimApproval(log, one, await readApprovalUse(log, one), INTENTION);
const left = { stack: "shop/dev", state: "4".repeat(64), live: null };
/** How many of the attempts succeeded; the others were told that somebody was faster. */
const winners = async (attempts: readonly Promise<void>[]): Promise<number> => {
  const ended = await Promise.allSettled(attempts);
  for (const one of ended) if (one.status === "rejected") expect(String(one.reason)).toContain("PAL_APPROVAL_USED");
  return ended.filter(({ status }) => status === "fulfilled").length;
};

test("an approval is taken once, and is spent from then on", async () => {
  expect(await readApprovalUse(log, approved())).toEqual({ is: "unused" });
  await take();
  expect(await readApprovalUse(log, approved())).toMatchObject({ is: "spent" });
  await expect(take()).rejects.toThrow("PAL_APPROVAL_USED");
});

test("of many runs that want it at once, one gets it", async () => {
  const use = await readApprovalUse(log, approved());
  expect(await winners(Array.from({ length: 20 }, () => claimApproval(log, approved(), use, INTENTION)))).toBe(1);
});

test("the same text is the same approval, whoever signed it again and however it is spelt", async () => {
  await take();
  expect(computeApprovalDigest({ ...approved(), signer: "other@example.com" })).toBe(computeApprovalDigest(approved()));
  await expect(take({ ...approved(), signer: "other@example.com" })).rejects.toThrow("PAL_APPROVAL_USED");
  await take(approved({ issuedAt: "2026-03-01T11:00:01Z" }));
});

test("after a failed update it may go on, once for each failure", async () => {
  await take();
  await reopenApproval(log, approved(), left);
  const use = await readApprovalUse(log, approved());
  expect(use).toMatchObject({ is: "open", left, intention: INTENTION });
  expect(await winners(Array.from({ length: 20 }, () => claimApproval(log, approved(), use, INTENTION)))).toBe(1);
  expect(await readApprovalUse(log, approved())).toMatchObject({ is: "spent" });
  await reopenApproval(log, approved(), left);
  expect(await readApprovalUse(log, approved())).toMatchObject({ is: "open" });
});

test("once the stack is applied, by whichever approval, what had failed does not go on; other stacks' does", async () => {
  const other = approved({ stack: "shop/production" });
  for (const one of [approved(), other]) {
    await take(one);
    await reopenApproval(log, one, { ...left, stack: one.approval.stack });
  }
  await closeApprovals(log, "shop/dev");
  expect(await readApprovalUse(log, approved())).toMatchObject({ is: "spent" });
  expect(await readApprovalUse(log, other)).toMatchObject({ is: "open" });
});

test("only the user may look into the record, and a link to the log leads to the same one", async () => {
  await take();
  expect(statSync(`${log}.claims`).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(`${log}.claims`)) expect(statSync(join(`${log}.claims`, name)).mode & 0o777).toBe(0o600);
  writeFileSync(log, "", { mode: 0o600 });
  symlinkSync(log, join(folder, "link.jsonl"));
  expect(await readApprovalUse(join(folder, "link.jsonl"), approved())).toMatchObject({ is: "spent" });
  expect(existsSync(join(folder, "link.jsonl.claims"))).toBe(false);
});

test("a record that others keep, or could change, is refused", async () => {
  mkdirSync(join(folder, "log"));
  mkdirSync(join(folder, "elsewhere"));
  symlinkSync(join(folder, "elsewhere"), `${log}.claims`);
  await expect(readApprovalUse(log, approved())).rejects.toThrow("PAL_OPEN_TO_OTHERS");
  rmSync(`${log}.claims`);
  mkdirSync(`${log}.claims`, { mode: 0o700 });
  symlinkSync(join(folder, "elsewhere", "made"), join(`${log}.claims`, computeApprovalDigest(approved())));
  await expect(take()).rejects.toThrow("PAL_OPEN_TO_OTHERS");
  expect(existsSync(join(folder, "elsewhere", "made"))).toBe(false);
});

test("a record that was cut off while it was written has used the approval", async () => {
  mkdirSync(`${log}.claims`, { mode: 0o700, recursive: true });
  writeFileSync(join(`${log}.claims`, computeApprovalDigest(approved())), '{"version":1,"sta', { mode: 0o600 });
  await expect(take()).rejects.toThrow("PAL_LOG_BROKEN");
});
