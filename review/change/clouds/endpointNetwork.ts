import { AddressSet } from "../../../contract/ranges.js";
import { isProperties, isUnreadable } from "../../../provider/introspection.js";
import { getLastPart } from "../../../contract/ids.js";
import type { Declared } from "../change.js";
import { AWS_ENDPOINT } from "./aws.js";
import { getId, listAzureSubnets } from "./azure.js";
import { toList, filterByType, hasReferenceTo, hasSharedValue, buildSources } from "./privatePath.js";
import { computeRouted } from "./routes.js";

/** What lies around an endpoint: what its network is joined with, and by which name it is found. */

const AWS_PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection";
const AWS_PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";
const AZURE_PEERING = "azure-native:network:VirtualNetworkPeering";
const ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup";
const ZONE_LINK = "azure-native:privatedns:VirtualNetworkLink";

/** Peerings of the network that the endpoint lies in. */
export function listPeerings(endpoint: Declared, present: readonly Declared[]): Declared[] {
  if (endpoint.type === AWS_ENDPOINT)
    return filterByType(present, AWS_PEERING).filter((one) =>
      ["vpcId", "peerVpcId"].some((property) => hasSharedValue(one, property, endpoint, "vpcId")),
    );
  const subnets = listAzureSubnets(endpoint, present);
  return filterByType(present, AZURE_PEERING).filter((one) =>
    subnets.some((subnet) =>
      ["virtualNetworkName", "remoteVirtualNetwork"].some(
        (property) =>
          isSameNetwork(one.inputs[property], findNetworkName(subnet)) ||
          (one.origins[property] ?? []).some((urn) => (subnet.origins["virtualNetworkName"] ?? []).includes(urn)),
      ),
    ),
  );
}

/** The name of a subnet's network, in lower case, which Azure does not tell apart: as it says it or as its own id does. */
export function findNetworkName({ id, inputs }: Declared): string | undefined {
  const said = getAzureName(inputs["virtualNetworkName"]);
  if (said !== undefined || id === undefined) return said;
  return parseNetworkName(id);
}

/** Of `/.../virtualNetworks/NET/subnets/SUBNET`. */
export function parseNetworkName(path: string): string | undefined {
  const end = path.toLowerCase().indexOf("/subnets/");
  return end < 0 ? undefined : getLastPart(path.slice(0, end)).toLowerCase();
}

/** A name, whether it is given alone, as the end of an id or in `{ id }`. */
export function getAzureName(value: unknown): string | undefined {
  const text = getId(value);
  return typeof text === "string" && !isUnreadable(text) ? getLastPart(text).toLowerCase() : undefined;
}

const isSameNetwork = (value: unknown, name: string | undefined): boolean => name !== undefined && getAzureName(value) === name;

/** The addresses of a peered network, where the peering says them. */
export function getPeeredAddresses({ inputs }: Declared): AddressSet {
  const space = inputs["remoteAddressSpace"] ?? inputs["peerAddressSpace"];
  return isProperties(space) ? buildSources(toList(space["addressPrefixes"])).addresses : AddressSet.nobody;
}

/** URNs of all that lies around an endpoint. */
export const listJoinedUrns = (endpoint: Declared, present: readonly Declared[]): string[] => [
  ...computeRouted(endpoint, present).saidBy,
  ...[listPeerings, listPrivateDns, listAzureSubnets].flatMap((of) => of(endpoint, present).map(({ urn }) => urn)),
];

/** Private DNS that resolves the database's name to the endpoint. */
export function listPrivateDns(endpoint: Declared, present: readonly Declared[]): Declared[] {
  if (endpoint.type === AWS_ENDPOINT)
    return [
      ...filterByType(present, AWS_PRIVATE_DNS).filter(
        (one) => one.inputs["privateDnsEnabled"] !== false && hasReferenceTo(one, "vpcEndpointId", endpoint),
      ),
      ...(endpoint.inputs["privateDnsEnabled"] === true || isUnreadable(endpoint.inputs["privateDnsEnabled"]) ? [endpoint] : []),
    ];
  const name = getAzureName(endpoint.id);
  const groups = filterByType(present, ZONE_GROUP).filter(
    (one) =>
      hasReferenceTo(one, "privateEndpointName", endpoint) ||
      (name !== undefined && getAzureName(one.inputs["privateEndpointName"]) === name),
  );
  const networks = listAzureSubnets(endpoint, present);
  const links = filterByType(present, ZONE_LINK).filter((link) =>
    networks.some(
      (subnet) =>
        isSameNetwork(link.inputs["virtualNetwork"], findNetworkName(subnet)) ||
        (subnet.origins["virtualNetworkName"] ?? []).some((urn) => (link.origins["virtualNetwork"] ?? []).includes(urn)),
    ),
  );
  return [...groups, ...links];
}

/** Whether Azure applies security groups to private endpoints of the subnet. */
export const hasEndpointGuard = ({ inputs }: Declared): boolean =>
  /^(?:enabled|networksecuritygroupenabled)$/i.test(String(inputs["privateEndpointNetworkPolicies"]));
