import { findEndpointServices, PRIVATE_REGION_IDS } from "../../../contract/privateNetworking.js";
import { isUnreadable } from "../../../provider/introspection.js";
import type { Declared } from "../change.js";
import { AZURE_ENDPOINT } from "./azure.js";
import { toObjects, toList } from "./privatePath.js";

/** Which service a private endpoint of a cloud is made for. `unknown`: nothing says it, or no list of Neon's services does. */
export type Service = "neon" | "other" | "unknown";

const NEON: ReadonlySet<string> = new Set(
  PRIVATE_REGION_IDS.flatMap((region) => findEndpointServices(region) ?? []).map((name) => name.toLowerCase()),
);
/** `com.amazonaws.vpce.eu-central-1.`, of the regions of which Neon's services are known. */
const KNOWN_REGIONS = [...NEON]
  .filter((name) => name.startsWith("com.amazonaws.vpce."))
  .map((name) => name.slice(0, name.lastIndexOf(".") + 1));

export const classifyService = (endpoint: Declared): Service =>
  endpoint.type === AZURE_ENDPOINT ? classifyAzureService(endpoint) : classifyAwsService(endpoint);

function classifyAwsService({ inputs }: Declared): Service {
  const { vpcEndpointType, serviceName } = inputs;
  if (typeof vpcEndpointType === "string" && /^gateway/i.test(vpcEndpointType)) return "other";
  if (typeof serviceName !== "string" || isUnreadable(serviceName)) return "unknown";
  const name = serviceName.toLowerCase();
  if (NEON.has(name)) return "neon";
  // A service of somebody else's, in a region of which Neon's services are not known, may be Neon's.
  return name.startsWith("com.amazonaws.vpce.") && !KNOWN_REGIONS.some((region) => name.startsWith(region)) ? "unknown" : "other";
}

function classifyAzureService({ inputs }: Declared): Service {
  const connections = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"].flatMap((property) =>
    toList(inputs[property]),
  );
  const ids = toObjects(connections).map(({ privateLinkServiceId }) => privateLinkServiceId);
  if (ids.some((id) => typeof id === "string" && NEON.has(id.toLowerCase()))) return "neon";
  return ids.length === 0 || ids.length < connections.length || ids.some((id) => typeof id !== "string" || isUnreadable(id))
    ? "unknown"
    : "other";
}
