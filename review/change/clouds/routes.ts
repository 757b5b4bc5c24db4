import { AddressSet } from "../../../contract/ranges.js";
import { type Properties, isSecret, isUnreadable } from "../../../provider/introspection.js";
import { getLastPart } from "../../../contract/ids.js";
import type { Declared } from "../change.js";
import { formatUnreadableReason } from "../unreadable.js";
import { listSubnets } from "./aws.js";
import { AZURE_ENDPOINT, getId, listAzureSubnets } from "./azure.js";
import {
  toObjects,
  toList,
  NO_SOURCES,
  filterByType,
  hasReferenceTo,
  hasSharedValue,
  type Sources,
  buildSources,
  uniteSources,
} from "./privatePath.js";

/** Where the subnets of an endpoint are routed to, and by what. */

export const TABLE = "aws:ec2/routeTable:RouteTable";
export const TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
export const ROUTE = "aws:ec2/route:Route";
export const AZURE_TABLE = "azure-native:network:RouteTable";
export const AZURE_ROUTE = "azure-native:network:Route";

export interface Routed {
  /** What lies beyond each target, such as a gateway or a peering. */
  readonly by: ReadonlyMap<string, Sources>;
  /** Route tables that the stack does not declare, by id or by name: where they lead is not known. */
  readonly foreign: readonly string[];
  readonly saidBy: readonly string[];
}

/** Where the route tables of an endpoint's subnets lead beyond its own network, by the stack's own tables and routes. */
export const computeRouted = (endpoint: Declared, present: readonly Declared[]): Routed =>
  endpoint.type === AZURE_ENDPOINT ? computeAzureRouted(endpoint, present) : computeAwsRouted(endpoint, present);

/** What was not routed before, or by another target. */
export function listAddedRoutes(
  before: Routed | undefined,
  after: Routed,
): { readonly addresses: AddressSet; readonly named: readonly string[] } {
  const added = [...after.by].map(([target, to]) => {
    const had = before?.by.get(target) ?? NO_SOURCES;
    return { addresses: to.addresses.subtract(had.addresses), named: [...to.named].filter((name) => !had.named.has(name)) };
  });
  return {
    addresses: added.reduce((sum, one) => sum.union(one.addresses), AddressSet.nobody),
    named: [...new Set(added.flatMap(({ named }) => named))],
  };
}

/** The associations of an endpoint's subnets with route tables. */
export function listTableAssociations(endpoint: Declared, present: readonly Declared[]): Declared[] {
  const subnets = listSubnets(endpoint);
  return filterByType(present, TABLE_ASSOCIATION).filter((one) =>
    subnets.some(
      ({ id, origin }) =>
        (id !== undefined && one.inputs["subnetId"] === id) || (origin !== undefined && (one.origins["subnetId"] ?? []).includes(origin)),
    ),
  );
}

function computeAwsRouted(endpoint: Declared, present: readonly Declared[]): Routed {
  const associations = listTableAssociations(endpoint, present);
  const tables = filterByType(present, TABLE).filter((table) => associations.some((one) => hasReferenceTo(one, "routeTableId", table)));
  const routes = filterByType(present, ROUTE).filter(
    (route) =>
      tables.some((table) => hasReferenceTo(route, "routeTableId", table)) ||
      // Into a table that the stack does not declare.
      associations.some((one) => hasSharedValue(route, "routeTableId", one, "routeTableId")),
  );
  const foreign = associations
    .filter((one) => !tables.some((table) => hasReferenceTo(one, "routeTableId", table)))
    .flatMap(({ inputs, origins }) =>
      isUnreadable(inputs["routeTableId"]) ? (origins["routeTableId"] ?? []) : toList(inputs["routeTableId"]),
    );
  return {
    by: groupByTarget([...tables, ...routes].flatMap(listRoutes)),
    foreign: foreign.map(String),
    saidBy: [...routes, ...associations, ...tables].map(({ urn }) => urn),
  };
}

function computeAzureRouted(endpoint: Declared, present: readonly Declared[]): Routed {
  const subnets = listAzureSubnets(endpoint, present).filter(({ inputs }) => getId(inputs["routeTable"]) !== undefined);
  const namesTable = (table: Declared) => (subnet: Declared) =>
    hasReferenceTo(subnet, "routeTable", table, getId(subnet.inputs["routeTable"]));
  const tables = filterByType(present, AZURE_TABLE).filter((table) => subnets.some(namesTable(table)));
  const nameOf = (subnet: Declared) => String(getId(subnet.inputs["routeTable"]));
  const names = new Set([...subnets.map(nameOf), ...tables.flatMap(({ id }) => id ?? [])].map((path) => getLastPart(path).toLowerCase()));
  const routes = filterByType(present, AZURE_ROUTE).filter(
    (route) =>
      tables.some((table) => hasReferenceTo(route, "routeTableName", table)) ||
      names.has(getLastPart(String(route.inputs["routeTableName"])).toLowerCase()),
  );
  const foreign = subnets.filter((subnet) => !tables.some((table) => namesTable(table)(subnet)));
  return {
    by: groupByTarget([...tables, ...routes].flatMap(listRoutes)),
    foreign: foreign.flatMap((subnet) =>
      isUnreadable(subnet.inputs["routeTable"]) ? (subnet.origins["routeTable"] ?? []) : nameOf(subnet),
    ),
    saidBy: [...routes, ...tables, ...subnets].map(({ urn }) => urn),
  };
}

interface Way {
  readonly target: string;
  readonly to: Sources;
}

/** The routes that a table or a route says, of either cloud. */
export function listRoutes({ type, inputs }: Declared): Way[] {
  const said = type === TABLE || type === AZURE_TABLE ? toObjects(inputs["routes"]) : [inputs];
  return said.map((route) => ({ target: formatTarget(route), to: getDestination(route) }));
}

const getDestination = (route: Properties): Sources =>
  buildSources(
    ["cidrBlock", "ipv6CidrBlock", "destinationCidrBlock", "destinationIpv6CidrBlock", "addressPrefix"].flatMap((property) =>
      toList(route[property]),
    ),
    toList(route["destinationPrefixListId"]),
  );

export const ROUTE_TARGETS = [
  ...["carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "instanceId", "localGatewayId", "natGatewayId"],
  ...["networkInterfaceId", "odbNetworkArn", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId"],
  ...["nextHopType", "nextHopIpAddress"],
];

/** `gatewayId igw-1`; of what cannot be read only that, because a secret goes into no text. */
const formatTarget = (route: Properties): string =>
  ROUTE_TARGETS.filter((property) => route[property] !== undefined)
    .map(
      (property) =>
        `${property} ${isUnreadable(route[property]) ? `that ${formatUnreadableReason(route[property])}` : String(route[property])}`,
    )
    .join(" ");

/** Whether a route goes by a target that nobody can compare: two secrets may be two targets. */
export const hasSecretTarget = ({ inputs }: Declared): boolean => ROUTE_TARGETS.some((property) => isSecret(inputs[property]));

function groupByTarget(ways: readonly Way[]): Map<string, Sources> {
  const by = new Map<string, Sources>();
  for (const { target, to } of ways) by.set(target, uniteSources(by.get(target) ?? NO_SOURCES, to));
  return by;
}
