import { RangeTable } from "@palisade/neon/contract/ranges";
import { privateReach, type BranchFacts, type ComputeFacts, type ProjectFacts } from "@palisade/neon/contract/reachability";
import type { EndpointRules } from "./backend.js";
import { type Refusal, refusal } from "./refusals.js";

/** What a project says of who may try, its list ready for look-ups: a long list takes milliseconds to read, so it is read once for all computes. */
export interface ProjectRules {
  readonly id: string;
  readonly facts: ProjectFacts;
  readonly listed: RangeTable;
  readonly vpcEndpoints: ReadonlySet<string>;
  /** See EndpointRules. */
  readonly owner: string;
}

export function projectRules(id: string, facts: ProjectFacts, owner: string): ProjectRules {
  // Blocks and disabled computes are judged at the door, each with a sentence of its own.
  const admitted = privateReach({ ...facts, blockVpcConnections: false }, { id: "", branchId: "", disabled: false });
  // A project may be restricted to an endpoint that was rejected or removed since: it keeps the others out, and leads nowhere itself.
  const accepted = new Set(facts.assignedVpcEndpoints);
  const vpcEndpoints = new Set([...admitted].filter((endpoint) => accepted.has(endpoint)));
  return { id, facts, listed: new RangeTable(facts.ips), vpcEndpoints, owner };
}

/** The rules of one compute. What `refusalAtDoor` lets pass is exactly what `publicReach` and, of accepted endpoints, `privateReach` contain. */
export function rulesOf(
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
export function refusalAtDoor(rules: EndpointRules, { address, via }: Origin): Refusal | undefined {
  return (via === "public" ? fromPublic(rules, address) : fromPrivate(rules, via)) ?? whenDisabled(rules);
}

function fromPublic({ publicAddresses, blockPublic }: EndpointRules, address: string): Refusal | undefined {
  if (!publicAddresses.has(address)) return refusal("ip-address-not-allowed", address);
  return blockPublic ? refusal("network-not-allowed") : undefined;
}

function fromPrivate(rules: EndpointRules, { privateEndpoint: id, owner = rules.owner }: PrivateOrigin): Refusal | undefined {
  const { blockVpc, allowedVpcEndpoints } = rules;
  if (blockVpc) return refusal("network-not-allowed");
  if (id === undefined) return refusal("missing-vpc-endpoint-id");
  return allowedVpcEndpoints.has(id) && owner === rules.owner ? undefined : refusal("vpc-endpoint-id-not-allowed", id);
}

const whenDisabled = ({ disabled }: EndpointRules): Refusal | undefined => (disabled ? refusal("endpoint-disabled") : undefined);
