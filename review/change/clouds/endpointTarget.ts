import type { BranchComparison } from "../compare.js";
import type { Declared } from "../change.js";
import { isNeonHalf } from "./kinds.js";
import { toList, hasReferenceTo } from "./privatePath.js";
import { classifyService } from "./services.js";

/** Databases that a private endpoint of a cloud leads to, as far as the stack declares. */
export interface EndpointTarget {
  /** Whether the stack assigns the endpoint to its organisation, or restricts a project to it. */
  readonly isOurs: boolean;
  /** Why it may lead to the database all the same, where nothing here assigns it; undefined where it is made for another service. */
  readonly mayBeOurs: string | undefined;
  /** `shop/main`, of each branch that admits the endpoint, or would without blocks. */
  readonly databases: readonly string[];
}

/** The Neon half of the endpoint at one moment: what names it, and the branches that admit it. */
export function computeEndpointTarget(
  endpoint: Declared,
  present: readonly Declared[],
  comparisons: readonly BranchComparison[],
): EndpointTarget {
  const naming = present.filter((one) => isNamingEndpoint(one, endpoint));
  const ids = new Set(
    naming.flatMap(({ inputs }) => [...toList(inputs["vpcEndpointId"]), ...toList(inputs["azureResourceGuid"])].map(String)),
  );
  const databases = comparisons.flatMap(({ project, branch, before, after }) => {
    const admits = [before, after].some((reaches) => reaches !== undefined && [...ids].some((id) => reaches.latent.private.has(id)));
    return admits && branch.origin !== "assumed" ? [`${project.name}/${branch.name}`] : [];
  });
  const isOurs = naming.length > 0;
  return { isOurs, mayBeOurs: isOurs ? undefined : explainLead(endpoint, present), databases };
}

/** Neon's half may lie in another stack. A stack that says nothing of Neon, and of no service of its, is left alone. */
function explainLead(endpoint: Declared, present: readonly Declared[]): string | undefined {
  const service = classifyService(endpoint);
  if (service === "neon")
    return "is made for a service of Neon's, and nothing in this stack tells which projects it leads to: declare its PrivateEndpoint here";
  if (service === "other" || !present.some(({ kind }) => kind !== undefined && SAYING_WHO.has(kind))) return undefined;
  return "may lead to a database: neither its service nor a PrivateEndpoint in this stack tells. Say its service, or declare its PrivateEndpoint here";
}
const SAYING_WHO: ReadonlySet<string> = new Set([
  "Project",
  "IpAllowlist",
  "IpAllowlistEntry",
  "PrivateEndpoint",
  "VpcEndpointRestriction",
]);

/** Whether Neon's half names it: by its id, or by where the id comes from. */
export const isNamedByNeon = (one: Declared, present: readonly Declared[]): boolean => present.some((half) => isNamingEndpoint(half, one));

export function isNamingEndpoint(one: Declared, endpoint: Declared): boolean {
  if (!isNeonHalf(one)) return false;
  const guid = endpoint.outputs["resourceGuid"];
  return (
    hasReferenceTo(one, "vpcEndpointId", endpoint) ||
    hasReferenceTo(one, "azureResourceGuid", endpoint) ||
    (typeof guid === "string" &&
      [one.inputs["azureResourceGuid"], one.inputs["vpcEndpointId"]].some(
        (id) => typeof id === "string" && id.toLowerCase() === guid.toLowerCase(),
      ))
  );
}

const MOST_NAMED = 3;

/** `, which leads to shop/main past the address list`; nothing where it leads nowhere that the stack knows of. */
export function formatEndpointTarget({ isOurs, databases }: Pick<EndpointTarget, "isOurs" | "databases">): string {
  if (!isOurs) return "";
  if (databases.length === 0) return ", which leads to the database past the address list";
  const more = databases.length > MOST_NAMED ? ` and ${databases.length - MOST_NAMED} more branches` : "";
  return `, which leads to ${databases.slice(0, MOST_NAMED).join(", ")}${more} past the address list`;
}
