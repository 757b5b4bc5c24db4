import type { ChangeFinding } from "../change/finding.js";
import type { Review } from "../change/judge.js";
import type { ApprovalUse } from "./claims.js";
import type { VerifiedApproval } from "./signature.js";
import type { Subject } from "./subject.js";

/** What no approval can make right: foreign code in the state, and what Pulumi itself refuses. */
const isNeverApproved = ({ rule, severity }: ChangeFinding): boolean =>
  rule === "stored-code-changed" || (rule === "policy-violated" && severity === "high");

export type Decision = { readonly go: true; readonly signer?: string } | { readonly go: false; readonly why: string };

/** How the approval has been used before; of one whose update failed also what the change would do beyond what was approved. */
export type PriorUse =
  | Exclude<ApprovalUse, { is: "open" }>
  | (Omit<Extract<ApprovalUse, { is: "open" }>, "intention"> & { readonly beyond: string | undefined });

/** Whether a change may be made now: nobody has to be asked, or somebody who may has approved exactly this, and it was not made yet. Pure. */
export function decide(
  review: Review,
  now: Subject,
  approved: VerifiedApproval | undefined,
  nowMs: number,
  prior: PriorUse = UNUSED,
): Decision {
  const never = review.findings.find(isNeverApproved);
  if (never) return refuse(`${never.says} No approval makes that right`);
  if (review.verdict === "approve") return { go: true };
  if (approved === undefined) return refuse(`the verdict is ${review.verdict}, and no approval was given`);
  const { approval, signer } = approved;
  if (Date.parse(approval.expiresAt) <= nowMs) return refuse(`the approval of ${signer} ended at ${approval.expiresAt}`);
  if (Date.parse(approval.issuedAt) > nowMs + CLOCK_SKEW_MS)
    return refuse(`the approval of ${signer} begins at ${approval.issuedAt}, which is not yet`);
  const used = `the approval of ${signer} was used at ${prior.is === "unused" ? "" : prior.at}`;
  if (prior.is === "spent") return refuse(`${used}, and is for one update: another update needs a new one`);
  if (prior.is === "unused") {
    const moved = formatMovedParts(PARTS, approval, now);
    return moved === "" ? { go: true, signer } : refuse(`since ${signer} approved, ${moved}`);
  }
  // A failed update moved the recorded state, the live objects, and with them what is left to do.
  const other = formatMovedParts(
    PARTS.filter(([part]) => part === "stack" || part === "tree"),
    approval,
    now,
  );
  if (other !== "") return refuse(`since ${signer} approved, ${other}`);
  const since = formatMovedParts(
    PARTS.filter(([part]) => part === "state" || part === "live"),
    { ...now, state: prior.left.state, live: prior.left.live ?? now.live },
    now,
  );
  if (since !== "") return refuse(`${used} by an update that failed, and since then ${since}`);
  if (prior.beyond !== undefined) return refuse(`${used} by an update that failed, and what is left to do goes beyond it: ${prior.beyond}`);
  return { go: true, signer };
}

const UNUSED: PriorUse = { is: "unused" };

const formatMovedParts = (parts: typeof PARTS, then: Subject, now: Subject): string =>
  parts
    .filter(([part]) => then[part] !== now[part])
    .map(([, words]) => words)
    .join(", and ");

const refuse = (why: string): Decision => ({ go: false, why });

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
