import { AddressSet } from "../../../contract/ranges.js";
import { isBag, isUnreadable } from "../../../provider/resources/settled.js";
import { lastPart } from "../../../contract/ids.js";
import type { Declared } from "../model.js";
import { AWS_ENDPOINT, subnetsOf } from "./aws.js";
import { AZURE_ENDPOINT, idIn, SUBNET } from "./azure.js";
import { bags, list, NO_SOURCES, ofType, refersTo, sharesValue, type Sources, sourcesOf, unionSources } from "./path.js";

/** What lies around an endpoint: where its subnets are routed to, what its network is joined with, and by which name it is found. */

const TABLE = "aws:ec2/routeTable:RouteTable";
const TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const ROUTE = "aws:ec2/route:Route";
const AWS_PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection";
const AWS_PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";
const AZURE_PEERING = "azure-native:network:VirtualNetworkPeering";
const ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup";
const ZONE_LINK = "azure-native:privatedns:VirtualNetworkLink";

export interface Routed {
  readonly to: Sources;
  /** Route tables that the stack does not declare, by id or by name: where they lead is not known. */
  readonly foreign: readonly string[];
  readonly saidBy: readonly string[];
}

/** Where the route tables of an endpoint's subnets lead beyond its own network, by the stack's own tables. */
export function routedFrom(endpoint: Declared, present: readonly Declared[]): Routed {
  if (endpoint.type !== AWS_ENDPOINT) return { to: NO_SOURCES, foreign: [], saidBy: [] };
  const subnets = subnetsOf(endpoint);
  const associations = ofType(present, TABLE_ASSOCIATION).filter((one) =>
    subnets.some(
      ({ id, origin }) =>
        (id !== undefined && one.inputs["subnetId"] === id) || (origin !== undefined && (one.origins["subnetId"] ?? []).includes(origin)),
    ),
  );
  const tables = ofType(present, TABLE).filter((table) => associations.some((one) => refersTo(one, "routeTableId", table)));
  const routes = ofType(present, ROUTE).filter((route) => tables.some((table) => refersTo(route, "routeTableId", table)));
  const destinations = [
    ...tables.flatMap((table) =>
      bags(table.inputs["routes"]).map((route) =>
        sourcesOf([...list(route["cidrBlock"]), ...list(route["ipv6CidrBlock"])], list(route["destinationPrefixListId"])),
      ),
    ),
    ...routes.map(({ inputs }) =>
      sourcesOf(
        [...list(inputs["destinationCidrBlock"]), ...list(inputs["destinationIpv6CidrBlock"])],
        list(inputs["destinationPrefixListId"]),
      ),
    ),
  ];
  const foreign = associations
    .filter((one) => !tables.some((table) => refersTo(one, "routeTableId", table)))
    .flatMap(({ inputs, origins }) =>
      isUnreadable(inputs["routeTableId"]) ? (origins["routeTableId"] ?? []) : list(inputs["routeTableId"]),
    );
  return {
    ...{ to: destinations.reduce(unionSources, NO_SOURCES), foreign: foreign.map(String) },
    saidBy: [...routes, ...associations, ...tables].map(({ urn }) => urn),
  };
}

/** Peerings of the network that the endpoint lies in. */
export function peeringsOf(endpoint: Declared, present: readonly Declared[]): Declared[] {
  if (endpoint.type === AWS_ENDPOINT)
    return ofType(present, AWS_PEERING).filter((one) =>
      ["vpcId", "peerVpcId"].some((property) => sharesValue(one, property, endpoint, "vpcId")),
    );
  return ofType(present, AZURE_PEERING).filter((one) =>
    subnetsOfAzure(endpoint, present).some((subnet) => sharesValue(one, "virtualNetworkName", subnet, "virtualNetworkName")),
  );
}

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
  const name = endpoint.id === undefined ? undefined : lastPart(endpoint.id);
  const groups = ofType(present, ZONE_GROUP).filter(
    (one) => refersTo(one, "privateEndpointName", endpoint) || (name !== undefined && one.inputs["privateEndpointName"] === name),
  );
  const networks = subnetsOfAzure(endpoint, present);
  const links = ofType(present, ZONE_LINK).filter((link) => {
    const network = idIn(link.inputs["virtualNetwork"]);
    const called = typeof network === "string" ? lastPart(network) : undefined;
    return networks.some(
      ({ inputs, origins }) =>
        (called !== undefined && inputs["virtualNetworkName"] === called) ||
        (origins["virtualNetworkName"] ?? []).some((urn) => (link.origins["virtualNetwork"] ?? []).includes(urn)),
    );
  });
  return [...groups, ...links];
}

/** The subnets of a private endpoint of Azure. */
export const subnetsOfAzure = (endpoint: Declared, present: readonly Declared[]): Declared[] =>
  endpoint.type === AZURE_ENDPOINT
    ? ofType(present, SUBNET).filter((subnet) => refersTo(endpoint, "subnet", subnet, idIn(endpoint.inputs["subnet"])))
    : [];

/** Whether Azure applies security groups to private endpoints of the subnet. */
export const guardsEndpoints = ({ inputs }: Declared): boolean =>
  /^(?:enabled|networksecuritygroupenabled)$/i.test(String(inputs["privateEndpointNetworkPolicies"]));
