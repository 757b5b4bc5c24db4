import type { BranchComparison } from "../compare.js";
import type { Declared } from "../model.js";
import { list, refersTo } from "./path.js";

/** What the private endpoint of a cloud leads to, as far as the stack tells. */
export interface Lead {
  /** Whether the stack assigns the endpoint to its organisation, or restricts a project to it. */
  readonly isOurs: boolean;
  /** `shop/main`, of each branch that admits the endpoint, or would without blocks. */
  readonly databases: readonly string[];
}

/** The Neon half of the endpoint at one moment: what names it, and the branches that admit it. */
export function leadOf(endpoint: Declared, present: readonly Declared[], comparisons: readonly BranchComparison[]): Lead {
  const naming = present.filter((one) => namesEndpoint(one, endpoint));
  const ids = new Set(naming.flatMap(({ inputs }) => [...list(inputs["vpcEndpointId"]), ...list(inputs["azureResourceGuid"])].map(String)));
  const databases = comparisons.flatMap(({ project, branch, before, after }) => {
    const admits = [before, after].some((reaches) => reaches !== undefined && [...ids].some((id) => reaches.latent.private.has(id)));
    return admits && branch.origin !== "assumed" ? [`${project.name}/${branch.name}`] : [];
  });
  return { isOurs: naming.length > 0, databases };
}

/** Whether Neon's half names it: by its id, or by where the id comes from. */
export const isNamedByNeon = (one: Declared, present: readonly Declared[]): boolean => present.some((half) => namesEndpoint(half, one));

function namesEndpoint(one: Declared, endpoint: Declared): boolean {
  if (one.kind !== "PrivateEndpoint" && one.kind !== "VpcEndpointRestriction") return false;
  const guid = endpoint.outputs["resourceGuid"];
  return (
    refersTo(one, "vpcEndpointId", endpoint) ||
    refersTo(one, "azureResourceGuid", endpoint) ||
    (typeof guid === "string" &&
      [one.inputs["azureResourceGuid"], one.inputs["vpcEndpointId"]].some(
        (id) => typeof id === "string" && id.toLowerCase() === guid.toLowerCase(),
      ))
  );
}

const MOST_NAMED = 3;

/** `, which leads to shop/main past the address list`; nothing where it leads nowhere that the stack knows of. */
export function leadText({ isOurs, databases }: Lead): string {
  if (!isOurs) return "";
  if (databases.length === 0) return ", which leads to the database past the address list";
  const more = databases.length > MOST_NAMED ? ` and ${databases.length - MOST_NAMED} more branches` : "";
  return `, which leads to ${databases.slice(0, MOST_NAMED).join(", ")}${more} past the address list`;
}
