import { REGION_IDS } from "@palisade/neon/contract/regions";
import type { Organization } from "@palisade/neon/contract/wire/account";
import { limitsOf, VPC_ENDPOINTS_LIMIT } from "./plans.js";
import { Refusal } from "./refusals.js";

/** Private networking needs the plan, and a region of AWS (Neon's guide: Azure regions are not supported). */
export function mustHavePrivateNetworking(organization: Organization, regionId: string): void {
  if (!limitsOf(organization).privateNetworking) throw new Refusal("vpcNotInPlan");
  mustBeRegion(regionId);
  if (!regionId.startsWith("aws-")) throw new Refusal("vpcRegion", { region: regionId });
}

/** One of Neon's: an endpoint of a region that is none would be assigned to nothing. */
export function mustBeRegion(regionId: string): void {
  if (!REGION_IDS.includes(regionId)) throw new Refusal("unknownRegion", { region: regionId });
}

/** A removed endpoint never returns, and a region holds so many. */
export function mustBeAssignable(existing: { deleted_at?: string; vpc_endpoint_id: string } | undefined, assigned: number): void {
  if (existing?.deleted_at !== undefined) throw new Refusal("vpcEndpointRemoved", { endpoint: existing.vpc_endpoint_id });
  if (!existing && assigned >= VPC_ENDPOINTS_LIMIT) throw new Refusal("vpcEndpointsLimit", { max: VPC_ENDPOINTS_LIMIT });
}

/** `new` until one operation's time has passed. */
export const stateOf = ({ created_at }: { created_at: string }, now: number, operationTimeMs: number): "new" | "accepted" =>
  now - Date.parse(created_at) >= operationTimeMs ? "accepted" : "new";
