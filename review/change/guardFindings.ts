import type { Direction } from "../../contract/findings.js";
import type { ChangeFinding } from "./finding.js";

/** Findings that say of a guard that it is taken off: nothing is opened or lost by that alone. */
const GUARDS: ReadonlySet<string> = new Set(["unprotected", "guard-option-removed", "guard-released"]);
const HARMS: ReadonlySet<Direction> = new Set<Direction>(["opens", "destroys", "unknown"]);

/**
 * One rule for all guards. In a change of its own, taking one off needs review, and the change that it makes possible is judged when it comes.
 * Together with anything that opens or destroys, or of which nobody can tell, and that is more than a remark, it blocks.
 */
export function weighGuardFindings(findings: readonly ChangeFinding[]): ChangeFinding[] {
  const harms = findings.some(({ rule, severity, direction }) => !GUARDS.has(rule) && severity !== "low" && HARMS.has(direction));
  return findings.map((finding) => (GUARDS.has(finding.rule) ? { ...finding, severity: harms ? "high" : "medium" } : finding));
}
