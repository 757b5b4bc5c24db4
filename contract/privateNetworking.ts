import { REGIONS } from "./regions.js";

/**
 * Endpoint services of Neon, by its region: every interface endpoint of a network must be made for each of them, or computes behind the other
 * one are not reached. Source: Neon's guide of private networking (2025-07), which names two in the regions of the United States.
 */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  "aws-us-east-1": ["vpce-svc-0de57c578b0e614a9", "vpce-svc-02a0abd91f32f1ed7"],
  "aws-us-east-2": ["vpce-svc-010736480bcef5824", "vpce-svc-0465c21ce8ba95fb2"],
  "aws-us-west-2": ["vpce-svc-060e0d5f582365b8e", "vpce-svc-07b750990c172f22f"],
  "aws-eu-central-1": ["vpce-svc-05554c35009a5eccb"],
  "aws-eu-west-2": ["vpce-svc-0c6fedbe99fced2cd"],
  "aws-ap-southeast-1": ["vpce-svc-07c68d307f9f05687"],
  "aws-ap-southeast-2": ["vpce-svc-031161490f5647f32"],
  "aws-sa-east-1": ["vpce-svc-061204a851dbd1a47"],
};

/** Azure's names of regions by Neon's. */
const AZURE_LOCATIONS: Readonly<Record<string, string>> = {
  "azure-eastus2": "eastus2",
  "azure-westus3": "westus3",
  "azure-gwc": "germanywestcentral",
};

/**
 * What a private endpoint in a region is made for, never none: full names of AWS endpoint services, or the alias of an Azure private link service.
 * The alias is an extension of the embedded plane: Neon has no Private Link on Azure.
 * @returns undefined where the region is unknown, or has none
 */
export function findEndpointServices(regionId: string): readonly [string, ...string[]] | undefined {
  const [first, ...rest] = (SERVICES[regionId] ?? []).map((service) => `com.amazonaws.vpce.${regionId.slice("aws-".length)}.${service}`);
  if (first !== undefined) return [first, ...rest];
  const location = AZURE_LOCATIONS[regionId];
  return location === undefined ? undefined : [`palisade.6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11.${location}.azure.privatelinkservice`];
}

/** Neon's regions that have private networking. */
export const PRIVATE_REGION_IDS: readonly string[] = REGIONS.map(({ id }) => id).filter((id) => findEndpointServices(id) !== undefined);

/** An interface endpoint of AWS. */
export const VPC_ENDPOINT_ID = /^vpce-[0-9a-f]{8,17}$/;
/** `resourceGuid` of an Azure private endpoint, in lower case: unlike its resource id it is never given to another one. */
export const AZURE_ENDPOINT_GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
