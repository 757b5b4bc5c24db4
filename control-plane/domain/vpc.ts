import { AZURE_ENDPOINT_GUID, findEndpointServices, VPC_ENDPOINT_ID } from "@palisade/neon/contract/privateNetworking";
import { REGION_IDS } from "@palisade/neon/contract/regions";
import type { Organization } from "@palisade/neon/contract/wire/account";
import type { VpcEndpointOutcome } from "@palisade/neon/contract/wire/vpcEndpoint";
import { getPlanLimits, VPC_ENDPOINTS_LIMIT } from "./plans.js";
import { Refusal } from "./refusals.js";

/** Private networking needs the plan, and a region with endpoint services. Azure's are an extension: Neon has none. */
export function assertPrivateNetworking(organization: Organization, regionId: string): void {
  if (!getPlanLimits(organization).privateNetworking) throw new Refusal("vpcNotInPlan");
  assertRegion(regionId);
  if (findEndpointServices(regionId) === undefined) throw new Refusal("vpcRegion", { region: regionId });
}

/** One of Neon's: an endpoint of a region that is none would be assigned to nothing. */
export function assertRegion(regionId: string): void {
  if (!REGION_IDS.includes(regionId)) throw new Refusal("unknownRegion", { region: regionId });
}

/** An interface endpoint where the region is of AWS, a private endpoint of Azure where it is of Azure. */
export function assertEndpointOfRegion(regionId: string, endpointId: string): void {
  const isAzure = regionId.startsWith("azure-");
  // Neon's own words: it has no private networking there.
  if (isAzure && !AZURE_ENDPOINT_GUID.test(endpointId)) throw new Refusal("vpcRegion", { region: regionId });
  if (!isAzure && !VPC_ENDPOINT_ID.test(endpointId)) throw new Refusal("vpcEndpointForm", { region: regionId, endpoint: endpointId });
}

/** A removed endpoint never returns to the organisation, and a region holds so many. */
export function assertAssignable(
  endpointId: string,
  { isAssigned, wasRemoved, assigned }: { isAssigned: boolean; wasRemoved: boolean; assigned: number },
): void {
  if (wasRemoved) throw new Refusal("vpcEndpointRemoved", { endpoint: endpointId });
  if (!isAssigned && assigned >= VPC_ENDPOINTS_LIMIT) throw new Refusal("vpcEndpointsLimit", { max: VPC_ENDPOINTS_LIMIT });
}

/** Where an endpoint stands between the customer's network and ours. `requested`: nobody has looked at it yet. */
export type AcceptanceState = "requested" | "pendingAcceptance" | "accepted" | "rejected" | "failed";

/** Allowed transitions: rejected and failed are final; recreate the endpoint under another id. */
const NEXT: Readonly<Record<AcceptanceState, readonly AcceptanceState[]>> = {
  requested: ["pendingAcceptance", "accepted", "rejected", "failed"],
  pendingAcceptance: ["accepted", "rejected", "failed"],
  accepted: ["rejected", "failed"],
  rejected: [],
  failed: [],
};

/** What the handshake is made of, as it is stored. */
export interface AcceptanceFacts {
  readonly created_at: string;
  /** Absent: it is accepted in time. */
  readonly outcome?: VpcEndpointOutcome;
}

/** Looked at after half of one operation's time, decided after the whole. */
export function computeAcceptanceState({ created_at, outcome }: AcceptanceFacts, now: number, operationTimeMs: number): AcceptanceState {
  const elapsed = now - Date.parse(created_at);
  if (elapsed < operationTimeMs / 2) return "requested";
  if (elapsed < operationTimeMs || outcome?.becomes === "never") return "pendingAcceptance";
  return outcome?.becomes ?? "accepted";
}

/** When time alone decides; undefined where it has, or never does. */
export function findDecisionTime({ created_at, outcome }: AcceptanceFacts, now: number, operationTimeMs: number): number | undefined {
  const at = Date.parse(created_at) + operationTimeMs;
  return at > now && outcome?.becomes !== "never" ? at : undefined;
}

/** @throws Refusal where the handshake has ended otherwise */
export function assertCanBecome(from: AcceptanceState, { becomes }: VpcEndpointOutcome): void {
  const to = becomes === "never" ? "pendingAcceptance" : becomes;
  if (from !== to && !NEXT[from].includes(to))
    throw new Refusal("badRequest", { detail: `a private endpoint that is ${from} cannot become ${to}` });
}

/** As Neon spells it, and beside that what it does not tell. */
export const toWireState = (handshake: AcceptanceState): "new" | "accepted" | "rejected" | "failed" =>
  handshake === "requested" || handshake === "pendingAcceptance" ? "new" : handshake;
