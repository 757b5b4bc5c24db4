import { findEndpointId } from "../../provider/introspection.js";
import type { ProjectDraft } from "./projectDraft.js";
import type { ResourceChange } from "./change.js";

/** What the organisation may have although the stack does not declare it. */

/** Stands for the endpoints that the organisation has and the stack does not declare. */
export const OTHER_ENDPOINTS = "every other private endpoint of the organisation";

/**
 * Adds the branches that the stack does not declare: those that it refers to by an id (id -> URN of what refers), and two that stand for
 * all that it does not know. Unless stated otherwise a named branch counts as protected: the fewer can reach it, the more a widening shows.
 */
export function addUndeclaredBranches(draft: ProjectDraft, projectKey: string, urn: string, named: ReadonlyMap<string, string>): void {
  for (const [key, by] of named) {
    if (draft.branches.has(key)) continue;
    draft.branches.set(key, {
      key,
      urn: by,
      name: key.endsWith("#default") ? "default" : key,
      parentKey: undefined,
      schemaOnly: false,
      origin: "named",
    });
    draft.protect(key, true);
    draft.addOwnCompute(key);
  }
  for (const isProtected of [true, false]) {
    const key = `${projectKey}#${isProtected ? "protected" : "unprotected"}`;
    const name = `${isProtected ? "protected" : "other"} branches that the stack does not declare`;
    draft.branches.set(key, { key, urn, name, parentKey: undefined, schemaOnly: false, origin: "assumed" });
    draft.protect(key, isProtected);
    draft.addOwnCompute(key);
  }
}

/** VPC endpoints that the stack restricts to and does not assign: the organisation has them all the time. */
export function listMentionedEndpoints(resources: readonly ResourceChange[]): readonly string[] {
  const idsOf = (wanted: string) =>
    resources.flatMap(({ before, after }) =>
      [before, after].flatMap((side) => (side?.kind === wanted ? [String(findEndpointId(side.inputs))] : [])),
    );
  const assigned = new Set(idsOf("PrivateEndpoint"));
  return [...new Set(idsOf("VpcEndpointRestriction"))].filter((id) => !assigned.has(id));
}
