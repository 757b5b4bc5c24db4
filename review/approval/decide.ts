import type { Review } from "../change/judge.js";
import type { Verified } from "./signature.js";
import type { Subject } from "./subject.js";

/** What no approval can make right. */
const NEVER = new Set(["stored-code-changed"]);

export type Decision = { readonly go: true; readonly signer?: string } | { readonly go: false; readonly why: string };

/** Whether a change may be made now: nobody has to be asked, or somebody who may has approved exactly this. Pure. */
export function decide(review: Review, now: Subject, approved: Verified | undefined, nowMs: number): Decision {
  const never = review.findings.find(({ rule }) => NEVER.has(rule));
  if (never) return no(`${never.says} No approval makes that right`);
  if (review.verdict === "approve") return { go: true };
  if (approved === undefined) return no(`the verdict is ${review.verdict}, and no approval was given`);
  const { approval, signer } = approved;
  if (Date.parse(approval.expiresAt) <= nowMs) return no(`the approval of ${signer} ended at ${approval.expiresAt}`);
  if (Date.parse(approval.issuedAt) > nowMs + CLOCK_SKEW_MS)
    return no(`the approval of ${signer} begins at ${approval.issuedAt}, which is not yet`);
  const moved = PARTS.filter(([part]) => approval[part] !== now[part]);
  if (moved.length > 0) return no(`since ${signer} approved, ${moved.map(([, words]) => words).join(", and ")}`);
  return { go: true, signer };
}

const no = (why: string): Decision => ({ go: false, why });

/** Clocks of two machines. */
const CLOCK_SKEW_MS = 5 * 60_000;

const PARTS: readonly [keyof Subject, string][] = [
  ["stack", "the stack is another one"],
  ["tree", "the program has changed"],
  ["delta", "what the change does has changed"],
  ["state", "the recorded state has moved"],
  ["live", "the live objects have moved"],
  ["verdict", "the verdict is another one"],
];
