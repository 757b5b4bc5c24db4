import type { PlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import type { Tx } from "../store/store.js";

export function assertProjectsBelowLimit(tx: Tx, orgId: string, limits: PlanLimits): void {
  if (tx.count("project", { where: { org: orgId } }) >= limits.projects) throw new Refusal("projectsLimit", { max: limits.projects });
}
