import { z } from "zod";
import { AZURE_ENDPOINT_GUID, VPC_ENDPOINT_ID } from "../../../contract/privateNetworking.js";
import type { Properties } from "../../engine/define.js";

const VPC_MESSAGE = "is not a VPC endpoint id such as vpce-0a1b2c3d4e5f67890";
const GUID_MESSAGE = "is not the resourceGuid of a private endpoint such as 6f1f2c1e-6a2f-4f5e-9f0a-2d1f5f0c7a11 (lower case)";

export const VpcEndpointId = z.string().regex(VPC_ENDPOINT_ID, VPC_MESSAGE);
export const AzureResourceGuid = z.string().regex(AZURE_ENDPOINT_GUID, GUID_MESSAGE);
/** Either: a project is restricted to endpoints of the cloud that it lies in. */
export const EitherEndpointId = z
  .string()
  .refine(
    (id) => VPC_ENDPOINT_ID.test(id) || AZURE_ENDPOINT_GUID.test(id),
    `${VPC_MESSAGE}, and no resourceGuid of an Azure private endpoint`,
  );

export const label = z
  .string()
  .max(256, "must have at most 256 characters")
  .default("")
  .meta({ description: "Human-readable label.", review: { silent: "a label" } });

/** The endpoint that a `PrivateEndpoint` is of, whichever cloud it lies in; what a program leaves out is undefined. */
export const findEndpointId = ({ vpcEndpointId, azureResourceGuid }: Properties): string | undefined => {
  const id = vpcEndpointId ?? azureResourceGuid;
  return typeof id === "string" ? id : undefined;
};

/** The input of a `PrivateEndpoint` that an id of the API is. */
export const toEndpointInput = (id: string): { vpcEndpointId: string } | { azureResourceGuid: string } =>
  AZURE_ENDPOINT_GUID.test(id) ? { azureResourceGuid: id } : { vpcEndpointId: id };
