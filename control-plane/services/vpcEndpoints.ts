import type { Organization } from "@palisade/neon/contract/wire/account";
import type { VpcEndpointOutcome } from "@palisade/neon/contract/wire/vpcEndpoint";
import {
  computeAcceptanceState,
  assertAssignable,
  assertEndpointOfRegion,
  assertCanBecome,
  assertPrivateNetworking,
} from "../domain/vpc.js";
import { Refusal } from "../domain/refusals.js";
import { type StoredVpcEndpoint, formatVpcEndpointKey } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

interface EndpointAssignment {
  readonly organization: Organization;
  readonly regionId: string;
  readonly endpointId: string;
  readonly label: string;
  readonly at: string;
}

/** Assigns an endpoint to the organisation, or renames it. What becomes of it is what the operator has said of its id. */
export function assignEndpoint(tx: Tx, { organization, regionId, endpointId, label, at }: EndpointAssignment): void {
  assertPrivateNetworking(organization, regionId);
  assertEndpointOfRegion(regionId, endpointId);
  const [org, key] = [organization.id, formatVpcEndpointKey(organization.id, regionId, endpointId)];
  const existing = tx.get("vpc_endpoint", key);
  // Of the organisation, whichever region it was in.
  const wasRemoved = tx.count("vpc_endpoint", { where: { org, vpc_endpoint: endpointId }, deleted: "only", limit: 1 }) > 0;
  const elsewhere = tx.list("vpc_endpoint", { where: { org, vpc_endpoint: endpointId } }).find((one) => one.region_id !== regionId);
  // An endpoint lies in one region, and what comes through it is told by its id alone.
  if (elsewhere) throw new Refusal("vpcEndpointOfRegion", { endpoint: endpointId, region: elsewhere.region_id });
  assertAssignable(endpointId, {
    wasRemoved,
    isAssigned: existing !== undefined,
    assigned: tx.count("vpc_endpoint", { where: { org, region: regionId } }),
  });
  if (existing) {
    tx.put("vpc_endpoint", { ...existing, label });
    return;
  }
  const { vpc_endpoint_id: _, ...outcome } = tx.get("vpc_outcome", endpointId) ?? { vpc_endpoint_id: endpointId, becomes: "accepted" };
  tx.put("vpc_endpoint", {
    org_id: org,
    region_id: regionId,
    vpc_endpoint_id: endpointId,
    label,
    created_at: at,
    outcome,
    ...(regionId.startsWith("azure-") && { link_id: tx.createNumber() }),
  });
}

/** Acts for the side that accepts: of endpoints that are there, and of those that will be. @throws Refusal where one has ended otherwise */
export function decideEndpoint(tx: Tx, endpointId: string, outcome: VpcEndpointOutcome, now: number, operationTimeMs: number): void {
  for (const endpoint of tx.list("vpc_endpoint", { where: { vpc_endpoint: endpointId } })) {
    assertCanBecome(computeAcceptanceState(endpoint, now, operationTimeMs), outcome);
    tx.put("vpc_endpoint", { ...endpoint, outcome });
  }
  tx.put("vpc_outcome", { vpc_endpoint_id: endpointId, ...outcome });
}

/** @throws Refusal where the organisation does not have it there */
export function getAssignedEndpoint(tx: Tx, orgId: string, regionId: string, id: string): StoredVpcEndpoint {
  const endpoint = tx.get("vpc_endpoint", formatVpcEndpointKey(orgId, regionId, id));
  if (!endpoint || endpoint.deleted_at !== undefined) throw new Refusal("vpcEndpointNotFound");
  return endpoint;
}

/** Live projects of the organisation in the endpoint's region that name it. */
export const listRestrictedProjects = (tx: Tx, orgId: string, { vpc_endpoint_id, region_id }: StoredVpcEndpoint): string[] =>
  tx
    .list("vpc_restriction", { where: { vpc_endpoint: vpc_endpoint_id } })
    .map(({ project_id }) => tx.get("project", project_id))
    .flatMap((project) =>
      project?.org_id === orgId && project.region_id === region_id && project.deleted_at === undefined ? [project.id] : [],
    );
