import type { Finding } from "../finding.js";
import type { UnjudgedPart } from "../scan/inventory.js";
import type { ExplainedAccess, NotLookedAt } from "./access.js";
import type { AccessDifference } from "./compareReviews.js";

/** The form that programs read and people sign; docs/guides/access.md describes it. A field never changes its meaning within a version. */
export interface AccessReport {
  readonly version: 1;
  readonly stack: string;
  /** RFC 3339. */
  readonly at: string;
  readonly access: readonly ExplainedAccess[];
  readonly findings: readonly Finding[];
  readonly notLookedAt: readonly NotLookedAt[];
  readonly unjudged: readonly UnjudgedPart[];
  /** Null where no earlier review was given. */
  readonly last: LastComparison | null;
}

export interface LastComparison extends AccessDifference {
  /** When that review was made, RFC 3339. */
  readonly at: string;
  readonly signer: string;
}
