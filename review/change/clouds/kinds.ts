import type { Declared } from "../change.js";
import { AWS_ENDPOINT } from "./aws.js";
import { AZURE_ENDPOINT } from "./azure.js";

/** Private endpoints of the clouds that are read. */
export const isEndpoint = (type: string): boolean => type === AWS_ENDPOINT || type === AZURE_ENDPOINT;

/** What of Neon's names an endpoint. */
export const isNeonHalf = ({ kind }: Declared): boolean => kind === "PrivateEndpoint" || kind === "VpcEndpointRestriction";
