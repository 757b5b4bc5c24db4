import { AddressSet } from "../../../contract/ranges.js";
import { isBag, isUnreadable } from "../../../provider/resources/settled.js";
import { lastPart } from "../../../contract/ids.js";
import type { Declared } from "../model.js";
import { AWS_ENDPOINT } from "./aws.js";
import { idIn, subnetsOfAzure } from "./azure.js";
import { list, ofType, refersTo, sharesValue, sourcesOf } from "./path.js";
import { routedFrom } from "./routes.js";

/** What lies around an endpoint: what its network is joined with, and by which name it is found. */

const AWS_PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection";
const AWS_PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";
const AZURE_PEERING = "azure-native:network:VirtualNetworkPeering";
const ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup";
const ZONE_LINK = "azure-native:privatedns:VirtualNetworkLink";

/** Peerings of the network that the endpoint lies in. */
export function peeringsOf(endpoint: Declared, present: readonly Declared[]): Declared[] {
  if (endpoint.type === AWS_ENDPOINT)
    return ofType(present, AWS_PEERING).filter((one) =>
      ["vpcId", "peerVpcId"].some((property) => sharesValue(one, property, endpoint, "vpcId")),
    );
  const subnets = subnetsOfAzure(endpoint, present);
  return ofType(present, AZURE_PEERING).filter((one) =>
    subnets.some((subnet) =>
      ["virtualNetworkName", "remoteVirtualNetwork"].some(
        (property) =>
          isSameNetwork(one.inputs[property], networkNameOf(subnet)) ||
          (one.origins[property] ?? []).some((urn) => (subnet.origins["virtualNetworkName"] ?? []).includes(urn)),
      ),
    ),
  );
}

/** The name of a subnet's network, in lower case, which Azure does not tell apart: as it says it or as its own id does. */
export function networkNameOf({ id, inputs }: Declared): string | undefined {
  const said = azureName(inputs["virtualNetworkName"]);
  if (said !== undefined || id === undefined) return said;
  return networkInPath(id);
}

/** Of `/.../virtualNetworks/NET/subnets/SUBNET`. */
export function networkInPath(path: string): string | undefined {
  const end = path.toLowerCase().indexOf("/subnets/");
  return end < 0 ? undefined : lastPart(path.slice(0, end)).toLowerCase();
}

/** A name, whether it is given alone, as the end of an id or in `{ id }`. */
export function azureName(value: unknown): string | undefined {
  const text = idIn(value);
  return typeof text === "string" && !isUnreadable(text) ? lastPart(text).toLowerCase() : undefined;
}

const isSameNetwork = (value: unknown, name: string | undefined): boolean => name !== undefined && azureName(value) === name;

/** The addresses of a peered network, where the peering says them. */
export function peeredAddresses({ inputs }: Declared): AddressSet {
  const space = inputs["remoteAddressSpace"] ?? inputs["peerAddressSpace"];
  return isBag(space) ? sourcesOf(list(space["addressPrefixes"])).addresses : AddressSet.nobody;
}

/** URNs of all that lies around an endpoint. */
export const joinedTo = (endpoint: Declared, present: readonly Declared[]): string[] => [
  ...routedFrom(endpoint, present).saidBy,
  ...[peeringsOf, privateDnsOf, subnetsOfAzure].flatMap((of) => of(endpoint, present).map(({ urn }) => urn)),
];

/** What makes the database's name lead to the endpoint. */
export function privateDnsOf(endpoint: Declared, present: readonly Declared[]): Declared[] {
  if (endpoint.type === AWS_ENDPOINT)
    return [
      ...ofType(present, AWS_PRIVATE_DNS).filter(
        (one) => one.inputs["privateDnsEnabled"] !== false && refersTo(one, "vpcEndpointId", endpoint),
      ),
      ...(endpoint.inputs["privateDnsEnabled"] === true || isUnreadable(endpoint.inputs["privateDnsEnabled"]) ? [endpoint] : []),
    ];
  const name = azureName(endpoint.id);
  const groups = ofType(present, ZONE_GROUP).filter(
    (one) =>
      refersTo(one, "privateEndpointName", endpoint) || (name !== undefined && azureName(one.inputs["privateEndpointName"]) === name),
  );
  const networks = subnetsOfAzure(endpoint, present);
  const links = ofType(present, ZONE_LINK).filter((link) =>
    networks.some(
      (subnet) =>
        isSameNetwork(link.inputs["virtualNetwork"], networkNameOf(subnet)) ||
        (subnet.origins["virtualNetworkName"] ?? []).some((urn) => (link.origins["virtualNetwork"] ?? []).includes(urn)),
    ),
  );
  return [...groups, ...links];
}

/** Whether Azure applies security groups to private endpoints of the subnet. */
export const guardsEndpoints = ({ inputs }: Declared): boolean =>
  /^(?:enabled|networksecuritygroupenabled)$/i.test(String(inputs["privateEndpointNetworkPolicies"]));
