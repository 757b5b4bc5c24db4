import { RangeTable } from "@palisade/neon/contract/ranges";
import { latentReach, type BranchFacts, type ComputeFacts, type ProjectFacts } from "@palisade/neon/contract/reachability";
import type { EndpointRules } from "./backend.js";
import { type Refusal, refusal } from "./refusals.js";

/** The rules of one compute. What `refusalAtDoor` lets pass is exactly what `publicReach` and `privateReach` of the contract contain. */
export function rulesOf(projectId: string, project: ProjectFacts, branch: BranchFacts, compute: ComputeFacts): EndpointRules {
  return {
    endpointId: compute.id,
    projectId,
    branchId: branch.id,
    publicAddresses: new RangeTable(project.protectedBranchesOnly && !branch.protected ? [] : project.ips),
    blockPublic: project.blockPublicConnections,
    blockVpc: project.blockVpcConnections,
    allowedVpcEndpoints: latentReach(project, branch).private,
    disabled: compute.disabled,
  };
}

/** Where a connection comes from. */
export interface Origin {
  /** IPv4 or IPv6, never IPv4-mapped, without zone. */
  readonly address: string;
  /** `public`, or a private endpoint, whose id a proxy in front may have failed to say. */
  readonly via: "public" | { readonly privateEndpoint: string | undefined };
}

/** Neon's order: the address, then the network, and only then whether the compute is there to be used. The address list does not apply to private endpoints. */
export function refusalAtDoor(rules: EndpointRules, { address, via }: Origin): Refusal | undefined {
  return (via === "public" ? fromPublic(rules, address) : fromPrivate(rules, via.privateEndpoint)) ?? whenDisabled(rules);
}

function fromPublic({ publicAddresses, blockPublic }: EndpointRules, address: string): Refusal | undefined {
  if (!publicAddresses.has(address)) return refusal("ip-address-not-allowed", address);
  return blockPublic ? refusal("network-not-allowed") : undefined;
}

function fromPrivate({ blockVpc, allowedVpcEndpoints }: EndpointRules, id: string | undefined): Refusal | undefined {
  if (blockVpc) return refusal("network-not-allowed");
  if (id === undefined) return refusal("missing-vpc-endpoint-id");
  return allowedVpcEndpoints.has(id) ? undefined : refusal("vpc-endpoint-id-not-allowed", id);
}

const whenDisabled = ({ disabled }: EndpointRules): Refusal | undefined => (disabled ? refusal("endpoint-disabled") : undefined);
