import type { PlanLimits } from "./plans.js";
import { Refusal } from "./refusals.js";

/** A compute's size and suspend timeout, or a project's defaults of them. */
export interface Sizing {
  autoscaling_limit_min_cu?: number | undefined;
  autoscaling_limit_max_cu?: number | undefined;
  suspend_timeout_seconds?: number | undefined;
}

const STEP_CU = 0.25;
/** Of any plan (Neon's page "Manage computes"). */
const LARGEST_CU = 56;
/** Above this a size is fixed, and a compute is never suspended (Neon's pages on autoscaling and on scale to zero). */
export const LARGEST_SCALED_CU = 16;
/** Between the ends of a range (Neon's page "Autoscaling" of 2026; its guide of December 2025 had an eighth of the maximum instead). */
const WIDEST_RANGE_CU = 8;
/** What 0 stands for. */
const DEFAULT_SUSPEND_SECONDS = 300;
const NEVER = -1;

/** What the plan allows, and what no plan does. Throws a Refusal. */
export function assertSizing(sizing: Sizing, limits: PlanLimits): void {
  const { autoscaling_limit_min_cu: min = STEP_CU, autoscaling_limit_max_cu: max = STEP_CU } = sizing;
  const { suspend_timeout_seconds: seconds = 0 } = sizing;
  for (const size of [min, max])
    if (!Number.isInteger(size / STEP_CU) || size < STEP_CU || size > LARGEST_CU) throw new Refusal("computeSize", { size });
  if (max > LARGEST_SCALED_CU && min !== max) throw new Refusal("computeFixed");
  if (max - min > WIDEST_RANGE_CU) throw new Refusal("computeRange", { min, max });
  if (max > limits.computeCu) throw new Refusal("computeLimit", { max: limits.computeCu });
  if (max > LARGEST_SCALED_CU && seconds > 0) throw new Refusal("suspendOfLarge");
  const isDefault = seconds === 0 || seconds === DEFAULT_SUSPEND_SECONDS;
  const isAllowed = { fixed: isDefault, "default or never": isDefault || seconds === NEVER, any: true }[limits.suspension];
  if (!isAllowed) throw new Refusal("suspendNotInPlan", { seconds });
}

/** Why the plan, or any, does not allow it; undefined: it does. */
export function findSizingProblem(sizing: Sizing, limits: PlanLimits): string | undefined {
  try {
    assertSizing(sizing, limits);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/** Whether a change says anything new of it: what is too large for a plan since it changed may still be disabled. */
export const isResized = (before: Sizing, after: Sizing): boolean =>
  (["autoscaling_limit_min_cu", "autoscaling_limit_max_cu", "suspend_timeout_seconds"] as const).some(
    (name) => before[name] !== after[name],
  );

/** Until an unused compute is suspended; undefined: never. */
export function findSuspendSeconds({
  autoscaling_limit_max_cu: max = 0,
  suspend_timeout_seconds: seconds = 0,
}: Sizing): number | undefined {
  if (seconds < 0 || max > LARGEST_SCALED_CU) return undefined;
  return seconds || DEFAULT_SUSPEND_SECONDS;
}
