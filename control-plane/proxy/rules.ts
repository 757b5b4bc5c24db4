import { RangeTable } from "@palisade/neon/contract/ranges";
import { computePrivateReach, type BranchFacts, type ComputeFacts, type ProjectFacts } from "@palisade/neon/contract/reachability";
import type { EndpointRules } from "./backend.js";
import { type Refusal, createRefusal } from "./refusals.js";

/** What a project says of who may try, its list ready for look-ups: a long list takes milliseconds to read, so it is read once for all computes. */
export interface ProjectRules {
  readonly id: string;
  readonly facts: ProjectFacts;
  readonly listed: RangeTable;
  readonly vpcEndpoints: ReadonlySet<string>;
  /** See EndpointRules. */
  readonly owner: string;
}

export function buildProjectRules(id: string, facts: ProjectFacts, owner: string): ProjectRules {
  // Blocks and disabled computes are checked for each connection, each with a message of its own.
  const admitted = computePrivateReach({ ...facts, blockVpcConnections: false }, { id: "", branchId: "", disabled: false });
  // A project may be restricted to an endpoint that was rejected or removed since: it keeps the others out, and leads nowhere itself.
  const accepted = new Set(facts.assignedVpcEndpoints);
  const vpcEndpoints = new Set([...admitted].filter((endpoint) => accepted.has(endpoint)));
  return { id, facts, listed: new RangeTable(facts.ips), vpcEndpoints, owner };
}

/** The rules of one compute. What `findRefusal` lets pass is exactly what `computePublicReach` and, of accepted endpoints, `computePrivateReach` contain. */
export function buildEndpointRules(
  { id, facts, listed, vpcEndpoints, owner }: ProjectRules,
  branch: BranchFacts,
  compute: ComputeFacts,
): EndpointRules {
  return {
    endpointId: compute.id,
    projectId: id,
    branchId: branch.id,
    salts: branch.id,
    publicAddresses: facts.protectedBranchesOnly && !branch.protected ? EVERYONE : listed,
    blockPublic: facts.blockPublicConnections,
    blockVpc: facts.blockVpcConnections,
    allowedVpcEndpoints: vpcEndpoints,
    owner,
    disabled: compute.disabled,
  };
}

const EVERYONE = new RangeTable([]);

/** `owner`: who has assigned the endpoint, where the load balancer says which assignment it is. */
export interface PrivateOrigin {
  readonly privateEndpoint: string | undefined;
  readonly owner?: string;
}

/** Where a connection comes from. */
export interface Origin {
  /** IPv4 or IPv6, never IPv4-mapped, without zone. */
  readonly address: string;
  /** `public`, or a private endpoint, whose id a proxy in front may have failed to say. */
  readonly via: "public" | PrivateOrigin;
}

/** As a load balancer of a cloud tells it: Azure's by a number, which the plane knows the endpoint by. */
export interface TaggedOrigin {
  readonly address: string;
  readonly via: { readonly privateEndpoint: string | undefined } | { readonly azureLinkId: number };
}

/** Neon's order: the address, then the network, and only then whether the compute is there to be used. The address list does not apply to private endpoints. */
export function findRefusal(rules: EndpointRules, { address, via }: Origin): Refusal | undefined {
  return (via === "public" ? findPublicRefusal(rules, address) : findPrivateRefusal(rules, via)) ?? findDisabledRefusal(rules);
}

function findPublicRefusal({ publicAddresses, blockPublic }: EndpointRules, address: string): Refusal | undefined {
  if (!publicAddresses.has(address)) return createRefusal("ip-address-not-allowed", address);
  return blockPublic ? createRefusal("network-not-allowed") : undefined;
}

function findPrivateRefusal(rules: EndpointRules, { privateEndpoint: id, owner = rules.owner }: PrivateOrigin): Refusal | undefined {
  const { blockVpc, allowedVpcEndpoints } = rules;
  if (blockVpc) return createRefusal("network-not-allowed");
  if (id === undefined) return createRefusal("missing-vpc-endpoint-id");
  return allowedVpcEndpoints.has(id) && owner === rules.owner ? undefined : createRefusal("vpc-endpoint-id-not-allowed", id);
}

const findDisabledRefusal = ({ disabled }: EndpointRules): Refusal | undefined =>
  disabled ? createRefusal("endpoint-disabled") : undefined;
