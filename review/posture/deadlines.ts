import { DAY_SECONDS } from "../../contract/durations.js";
import type { Severity } from "../../contract/findings.js";
import type { PastRun } from "./history.js";
import { toFindingKey } from "./report.js";

/** Days that a finding may stand, by its severity: our defaults. docs/guides/posture.md gives the reasons. */
export const DEADLINE_DAYS: Readonly<Record<Severity, number>> = { high: 7, medium: 30, low: 90 };

export interface Deadline {
  /** RFC 3339: the first of the unbroken row of runs that found it, or before that who told us of it; this run where neither did. */
  readonly firstSeenAt: string;
  readonly dueAt: string;
  readonly isOverdue: boolean;
}

/**
 * @param past earlier runs, the oldest first; a run that could not judge the control breaks no row
 * @param sinceMs when who told of it says to have seen it first; a time to come lengthens nothing
 */
export function computeDeadline(
  finding: { readonly rule: string; readonly control: string; readonly severity: Severity; readonly resource: { readonly id: string } },
  past: readonly PastRun[],
  nowMs: number,
  sinceMs = nowMs,
): Deadline {
  const key = toFindingKey(finding);
  let firstSeenMs = nowMs;
  for (const run of [...past].reverse()) {
    if (run.found.has(key)) firstSeenMs = run.atMs;
    else if (!run.notKnown.has(finding.control)) break;
  }
  firstSeenMs = Math.min(firstSeenMs, sinceMs);
  const dueMs = firstSeenMs + DEADLINE_DAYS[finding.severity] * DAY_SECONDS * 1_000;
  return { firstSeenAt: new Date(firstSeenMs).toISOString(), dueAt: new Date(dueMs).toISOString(), isOverdue: dueMs < nowMs };
}
