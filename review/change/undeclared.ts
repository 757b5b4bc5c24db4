import { endpointIdOf } from "../../provider/resources/vpcEndpoint.js";
import type { Draft } from "./draft.js";
import type { ResourceChange } from "./model.js";

/** What the organisation may have although the stack does not declare it. */

/** Stands for the endpoints that the organisation has and the stack does not declare. */
export const OTHER_ENDPOINTS = "every other private endpoint of the organisation";

/**
 * Adds the branches that the stack does not declare: those that it refers to by an id (id -> URN of what refers), and two that stand for
 * all that it does not know. Unless it is told otherwise a named one counts as protected: the fewer reach it, the more a widening shows.
 */
export function addUndeclared(draft: Draft, projectKey: string, urn: string, named: ReadonlyMap<string, string>): void {
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
    draft.run(key);
  }
  for (const isProtected of [true, false]) {
    const key = `${projectKey}#${isProtected ? "protected" : "unprotected"}`;
    const name = `${isProtected ? "protected" : "other"} branches that the stack does not declare`;
    draft.branches.set(key, { key, urn, name, parentKey: undefined, schemaOnly: false, origin: "assumed" });
    draft.protect(key, isProtected);
    draft.run(key);
  }
}

/** VPC endpoints that the stack restricts to and does not assign: the organisation has them all the time. */
export function mentionedEndpoints(resources: readonly ResourceChange[]): readonly string[] {
  const idsOf = (wanted: string) =>
    resources.flatMap(({ before, after }) =>
      [before, after].flatMap((side) => (side?.kind === wanted ? [String(endpointIdOf(side.inputs))] : [])),
    );
  const assigned = new Set(idsOf("PrivateEndpoint"));
  return [...new Set(idsOf("VpcEndpointRestriction"))].filter((id) => !assigned.has(id));
}
