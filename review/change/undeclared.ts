import type { ResourceChange } from "./model.js";
import type { BranchScene } from "./scene.js";

/** What the organisation may have although the stack does not declare it. */

/** Stands for the branches that the organisation may have and the stack does not know. */
export const assumed = (key: string, urn: string, isProtected: boolean): BranchScene => {
  const id = `${key}/${isProtected ? "protected" : "unprotected"}`;
  const name = `${isProtected ? "protected" : "other"} branches that the stack does not declare`;
  return { key: id, standing: "assumed", urn, name, facts: { id, protected: isProtected } };
};

/** Stands for the endpoints that the organisation has and the stack does not declare. */
export const OTHER_ENDPOINTS = "every other private endpoint of the organisation";
/** No address: an entry that nobody can read admits nobody. Stands for a list that the stack does not declare. */
export const UNDECLARED_LIST = "not declared in this stack";

/** VPC endpoints that the stack restricts to and does not assign: the organisation has them all the time. */
export function mentionedIn(resources: readonly ResourceChange[]): readonly string[] {
  const ids = (wanted: string) =>
    resources.flatMap(({ before, after }) =>
      [before, after].flatMap((side) => (side?.kind === wanted ? [String(side.inputs["vpcEndpointId"])] : [])),
    );
  const assigned = new Set(ids("VpcEndpointAssignment"));
  return [...new Set(ids("VpcEndpointRestriction"))].filter((id) => !assigned.has(id));
}
