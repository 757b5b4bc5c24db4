import { AddressSet } from "../../../contract/ranges.js";
import { type Bag, isSecret, isUnreadable } from "../../../provider/resources/settled.js";
import { lastPart } from "../../../contract/ids.js";
import type { Declared } from "../model.js";
import { whyUnreadable } from "../unreadable.js";
import { subnetsOf } from "./aws.js";
import { AZURE_ENDPOINT, idIn, subnetsOfAzure } from "./azure.js";
import { bags, list, NO_SOURCES, ofType, refersTo, sharesValue, type Sources, sourcesOf, unionSources } from "./path.js";

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
export const routedFrom = (endpoint: Declared, present: readonly Declared[]): Routed =>
  endpoint.type === AZURE_ENDPOINT ? routedInAzure(endpoint, present) : routedInAws(endpoint, present);

/** What was not routed before, or by another target. */
export function addedRoutes(
  before: Routed | undefined,
  after: Routed,
): { readonly addresses: AddressSet; readonly named: readonly string[] } {
  const added = [...after.by].map(([target, to]) => {
    const had = before?.by.get(target) ?? NO_SOURCES;
    return { addresses: to.addresses.minus(had.addresses), named: [...to.named].filter((name) => !had.named.has(name)) };
  });
  return {
    addresses: added.reduce((sum, one) => sum.union(one.addresses), AddressSet.nobody),
    named: [...new Set(added.flatMap(({ named }) => named))],
  };
}

/** The associations of an endpoint's subnets with route tables. */
export function tableAssociationsOf(endpoint: Declared, present: readonly Declared[]): Declared[] {
  const subnets = subnetsOf(endpoint);
  return ofType(present, TABLE_ASSOCIATION).filter((one) =>
    subnets.some(
      ({ id, origin }) =>
        (id !== undefined && one.inputs["subnetId"] === id) || (origin !== undefined && (one.origins["subnetId"] ?? []).includes(origin)),
    ),
  );
}

function routedInAws(endpoint: Declared, present: readonly Declared[]): Routed {
  const associations = tableAssociationsOf(endpoint, present);
  const tables = ofType(present, TABLE).filter((table) => associations.some((one) => refersTo(one, "routeTableId", table)));
  const routes = ofType(present, ROUTE).filter(
    (route) =>
      tables.some((table) => refersTo(route, "routeTableId", table)) ||
      // Into a table that the stack does not declare.
      associations.some((one) => sharesValue(route, "routeTableId", one, "routeTableId")),
  );
  const foreign = associations
    .filter((one) => !tables.some((table) => refersTo(one, "routeTableId", table)))
    .flatMap(({ inputs, origins }) =>
      isUnreadable(inputs["routeTableId"]) ? (origins["routeTableId"] ?? []) : list(inputs["routeTableId"]),
    );
  return {
    by: byTarget([...tables, ...routes].flatMap(routesIn)),
    foreign: foreign.map(String),
    saidBy: [...routes, ...associations, ...tables].map(({ urn }) => urn),
  };
}

function routedInAzure(endpoint: Declared, present: readonly Declared[]): Routed {
  const subnets = subnetsOfAzure(endpoint, present).filter(({ inputs }) => idIn(inputs["routeTable"]) !== undefined);
  const namesTable = (table: Declared) => (subnet: Declared) => refersTo(subnet, "routeTable", table, idIn(subnet.inputs["routeTable"]));
  const tables = ofType(present, AZURE_TABLE).filter((table) => subnets.some(namesTable(table)));
  const nameOf = (subnet: Declared) => String(idIn(subnet.inputs["routeTable"]));
  const names = new Set([...subnets.map(nameOf), ...tables.flatMap(({ id }) => id ?? [])].map((path) => lastPart(path).toLowerCase()));
  const routes = ofType(present, AZURE_ROUTE).filter(
    (route) =>
      tables.some((table) => refersTo(route, "routeTableName", table)) ||
      names.has(lastPart(String(route.inputs["routeTableName"])).toLowerCase()),
  );
  const foreign = subnets.filter((subnet) => !tables.some((table) => namesTable(table)(subnet)));
  return {
    by: byTarget([...tables, ...routes].flatMap(routesIn)),
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
export function routesIn({ type, inputs }: Declared): Way[] {
  const said = type === TABLE || type === AZURE_TABLE ? bags(inputs["routes"]) : [inputs];
  return said.map((route) => ({ target: targetIn(route), to: destinationIn(route) }));
}

const destinationIn = (route: Bag): Sources =>
  sourcesOf(
    ["cidrBlock", "ipv6CidrBlock", "destinationCidrBlock", "destinationIpv6CidrBlock", "addressPrefix"].flatMap((property) =>
      list(route[property]),
    ),
    list(route["destinationPrefixListId"]),
  );

export const ROUTE_TARGETS = [
  ...["carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "instanceId", "localGatewayId", "natGatewayId"],
  ...["networkInterfaceId", "odbNetworkArn", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId"],
  ...["nextHopType", "nextHopIpAddress"],
];

/** `gatewayId igw-1`; of what cannot be read only that, because a secret goes into no text. */
const targetIn = (route: Bag): string =>
  ROUTE_TARGETS.filter((property) => route[property] !== undefined)
    .map((property) => `${property} ${isUnreadable(route[property]) ? `that ${whyUnreadable(route[property])}` : String(route[property])}`)
    .join(" ");

/** Whether a route goes by a target that nobody can compare: two secrets may be two targets. */
export const hasSecretTarget = ({ inputs }: Declared): boolean => ROUTE_TARGETS.some((property) => isSecret(inputs[property]));

function byTarget(ways: readonly Way[]): Map<string, Sources> {
  const by = new Map<string, Sources>();
  for (const { target, to } of ways) by.set(target, unionSources(by.get(target) ?? NO_SOURCES, to));
  return by;
}
