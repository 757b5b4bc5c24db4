import { decide, type PriorUse } from "../../../review/approval/decide.js";
import type { VerifiedApproval } from "../../../review/approval/signature.js";
import type { Subject } from "../../../review/approval/subject.js";
import type { ChangeFinding } from "../../../review/change/finding.js";
import type { Review } from "../../../review/change/judge.js";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const digest = (digit: string) => digit.repeat(64);
const subject: Subject = {
  stack: "shop/dev",
  commit: "a".repeat(40),
  tree: "b".repeat(40),
  verdict: "needsReview",
  delta: digest("1"),
  state: digest("2"),
  live: digest("3"),
};
const review = (verdict: Review["verdict"], findings: Partial<ChangeFinding>[] = []): Review => ({
  verdict,
  findings: findings as ChangeFinding[],
  unjudged: [],
  assumptions: [],
  notJudged: [],
  advisory: false,
  comparisons: [],
  counts: {},
  others: 0,
  policyPacks: {},
});
const approved = (changes: Partial<VerifiedApproval["approval"]> = {}): VerifiedApproval => ({
  signer: "reviewer@example.com",
  approval: { ...subject, version: 1, issuedAt: "2026-03-01T11:00:00Z", expiresAt: "2026-03-02T11:00:00Z", ...changes },
});

test("a change that needs nobody goes through without an approval", () => {
  expect(decide(review("approve"), subject, undefined, NOW)).toEqual({ go: true });
});

test.each(["needsReview", "block"] as const)("verdict %s needs an approval, and goes through with one of exactly this", (verdict) => {
  const now = { ...subject, verdict };
  expect(decide(review(verdict), now, undefined, NOW)).toMatchObject({
    go: false,
    why: expect.stringContaining("no approval was given") as string,
  });
  expect(decide(review(verdict), now, approved({ verdict }), NOW)).toEqual({ go: true, signer: "reviewer@example.com" });
});

test.each([
  ["stack", "shop/production", "the stack is another one"],
  ["tree", "c".repeat(40), "the program has changed"],
  ["delta", digest("9"), "what the change does has changed"],
  ["state", digest("9"), "the recorded state has moved"],
  ["live", digest("9"), "the live objects have moved"],
  ["verdict", "block", "the verdict is another one"],
] as const)("an approval of another %s does not hold, and says so", (part, value, words) => {
  const decision = decide(review("needsReview"), subject, approved({ [part]: value }), NOW);
  expect(decision).toEqual({ go: false, why: `since reviewer@example.com approved, ${words}` });
});

test("another commit with the same content is the same program", () => {
  expect(decide(review("needsReview"), subject, approved({ commit: "d".repeat(40) }), NOW).go).toBe(true);
});

test("an approval holds until its end, not from before its beginning", () => {
  const ended = decide(review("needsReview"), subject, approved({ expiresAt: "2026-03-01T12:00:00Z" }), NOW);
  expect(ended).toMatchObject({ go: false, why: expect.stringContaining("ended at 2026-03-01T12:00:00Z") as string });
  const early = decide(review("needsReview"), subject, approved({ issuedAt: "2026-03-01T12:05:01Z" }), NOW);
  expect(early).toMatchObject({ go: false, why: expect.stringContaining("not yet") as string });
  expect(decide(review("needsReview"), subject, approved({ issuedAt: "2026-03-01T12:05:00Z" }), NOW).go).toBe(true);
});

test("no approval makes foreign code in the state right", () => {
  const tampered = review("block", [{ rule: "stored-code-changed", says: "The code is not Palisade's." }]);
  expect(decide(tampered, { ...subject, verdict: "block" }, approved({ verdict: "block" }), NOW)).toEqual({
    go: false,
    why: "The code is not Palisade's. No approval makes that right",
  });
  expect(decide({ ...tampered, verdict: "approve" }, subject, undefined, NOW).go).toBe(false);
});

test("no approval makes right what a mandatory policy refuses, because Pulumi refuses it as well", () => {
  const refused = review("block", [{ rule: "policy-violated", severity: "high", says: "A policy objects." }]);
  expect(decide(refused, { ...subject, verdict: "block" }, approved({ verdict: "block" }), NOW).go).toBe(false);
  const advised = review("needsReview", [{ rule: "policy-violated", severity: "low", says: "A policy objects." }]);
  expect(decide(advised, subject, approved({}), NOW).go).toBe(true);
});

describe("an approval that was used", () => {
  const at = "2026-03-01T11:30:00Z";
  const left = { stack: subject.stack, state: digest("5"), live: digest("6") };
  const failed = (changes: Partial<Extract<PriorUse, { is: "open" }>> = {}): PriorUse => ({
    is: "open",
    at,
    left,
    beyond: undefined,
    ...changes,
  });
  /** As a failed update leaves it: the recorded state, the live objects and what is left to do have moved. */
  const after: Subject = { ...subject, state: left.state, live: left.live, delta: digest("7"), verdict: "block" };

  test("does not hold a second time, though nothing has moved", () => {
    expect(decide(review("needsReview"), subject, approved(), NOW, { is: "spent", at })).toEqual({
      go: false,
      why: `the approval of reviewer@example.com was used at ${at}, and is for one update: another update needs a new one`,
    });
  });

  test("goes on after a failure, from exactly what the failure left", () => {
    expect(decide(review("block"), after, approved(), NOW, failed())).toEqual({ go: true, signer: "reviewer@example.com" });
    const unread = failed({ left: { ...left, live: null } });
    expect(decide(review("block"), { ...after, live: digest("8") }, approved(), NOW, unread).go).toBe(true);
  });

  test.each([
    ["tree", "c".repeat(40), "the program has changed"],
    ["stack", "shop/production", "the stack is another one"],
    ["state", digest("2"), "the recorded state has moved"],
    ["live", digest("3"), "the live objects have moved"],
  ] as const)("does not go on when %s is another one since", (part, value, words) => {
    const decision = decide(review("block"), { ...after, [part]: value }, approved(), NOW, failed());
    expect(decision).toMatchObject({ go: false, why: expect.stringContaining(words) as string });
  });

  test("does not go on with more than was approved, nor after its end", () => {
    const more = decide(review("block"), after, approved(), NOW, failed({ beyond: "shop was not to be deleted" }));
    expect(more).toMatchObject({ go: false, why: expect.stringContaining("goes beyond it: shop was not to be deleted") as string });
    expect(decide(review("block"), after, approved({ expiresAt: at }), NOW, failed()).go).toBe(false);
  });
});
