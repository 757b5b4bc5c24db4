/** A region Neon runs computes in. The cloud decides which private networking exists there. */
export interface Region {
  readonly id: string;
  readonly cloud: "aws" | "azure";
  readonly name: string;
}

/**
 * Regions published by Neon (documentation of 2026; https://neon.com/docs/introduction/regions).
 * A region that is missing here is still accepted by the API; `Project` refuses it at preview so that a mistake cannot create data in the wrong place.
 */
export const REGIONS: readonly Region[] = [
  { id: "aws-us-east-1", cloud: "aws", name: "AWS US East 1 (N. Virginia)" },
  { id: "aws-us-east-2", cloud: "aws", name: "AWS US East 2 (Ohio)" },
  { id: "aws-us-west-2", cloud: "aws", name: "AWS US West 2 (Oregon)" },
  { id: "aws-eu-central-1", cloud: "aws", name: "AWS Europe Central 1 (Frankfurt)" },
  { id: "aws-eu-west-2", cloud: "aws", name: "AWS Europe West 2 (London)" },
  { id: "aws-ap-southeast-1", cloud: "aws", name: "AWS Asia Pacific 1 (Singapore)" },
  { id: "aws-ap-southeast-2", cloud: "aws", name: "AWS Asia Pacific 2 (Sydney)" },
  { id: "aws-sa-east-1", cloud: "aws", name: "AWS South America East 1 (São Paulo)" },
  { id: "azure-eastus2", cloud: "azure", name: "Azure East US 2 (Virginia)" },
  { id: "azure-westus3", cloud: "azure", name: "Azure West US 3 (Arizona)" },
  { id: "azure-gwc", cloud: "azure", name: "Azure Germany West Central (Frankfurt)" },
];

export const REGION_IDS: readonly string[] = REGIONS.map((region) => region.id);
