import { MAYBE_PROTECTED, createLeftUntilNowRule } from "../../provider/introspection.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import type { ChangeFinding } from "./finding.js";
import type { PlannedAct, ProjectPlan } from "./projectPlan.js";
import { toResourceRef } from "./resourceRef.js";

/**
 * What an act opens although the stack was silent on it so far: silence leaves things as they are, and how they are nobody here knows. (What
 * the same input of the same resource says, the rules of the slices tell.)
 */
export const judgeNewlyDeclared = ({ plans }: ReachabilityBuilder): ChangeFinding[] =>
  [...plans.values()].flatMap((plan) => (plan.createdBy === undefined ? plan.acts.flatMap((act) => [...judgeWrite(plan, act)]) : []));

const { rule, severity, direction, remedy } = createLeftUntilNowRule(false, MAYBE_PROTECTED);

function* judgeWrite({ base, head }: ProjectPlan, { act, effect }: PlannedAct): Generator<ChangeFinding> {
  const { resource, phase } = act;
  if (phase !== "write" || resource.op === "update") return;
  const at = { urn: resource.urn, resource: toResourceRef(resource), project: head.key, rule, severity, direction } as const;
  const { protection, compute } = effect;
  if (protection?.value === false && base.branches.has(protection.branchKey) && !base.hasProtection(protection.branchKey))
    yield { ...at, property: "protected", before: "not said", after: "false", says: MAYBE_PROTECTED, remedy };
  const branch = compute && base.branches.get(compute.branchId);
  if (compute?.disabled !== true && branch?.origin === "named")
    yield {
      ...at,
      property: "branchId",
      before: "not known",
      after: "a compute",
      says: "The stack does not declare the branch: if no compute runs there, this one opens it to whoever the list admits.",
      remedy,
    };
}
