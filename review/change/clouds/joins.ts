import { getLastPart } from "../../../contract/ids.js";
import { isProperties, isUnreadable, UNKNOWN } from "../../../provider/introspection.js";
import { type Declared, getUrnName } from "../change.js";
import { formatUnreadableReason } from "../unreadable.js";
import { listSubnets } from "./aws.js";
import { AZURE_ENDPOINT, getId, listAzureSubnets } from "./azure.js";
import { buildIndex, type Memory, memoize, normalizeSpelling } from "./lookups.js";
import { isEndpoint } from "./kinds.js";
import { getAzureName, parseNetworkName } from "./endpointNetwork.js";
import { toList, filterByType, hasReferenceTo } from "./privatePath.js";
import { listTableAssociations } from "./routes.js";
import { READ_FIELDS } from "./readFields.js";

/** By which of its words a resource of a cloud's network is joined with others, and whether it is surely joined with something else than an endpoint. */

/** What a property names. */
type Named = "network" | "subnet" | "group" | "acl" | "table" | "interface" | "endpoint" | "prefixList" | "other";

const JOINING: Readonly<Record<string, Named>> = {
  vpcId: "network",
  vpcIdentifier: "network",
  peerVpcId: "network",
  virtualNetworkName: "network",
  virtualNetwork: "network",
  remoteVirtualNetwork: "network",
  subnetId: "subnet",
  subnetIds: "subnet",
  subnet: "subnet",
  securityGroupId: "group",
  securityGroupIds: "group",
  groupId: "group",
  networkSecurityGroupName: "group",
  networkSecurityGroup: "group",
  networkAclId: "acl",
  defaultNetworkAclId: "acl",
  routeTableId: "table",
  routeTableIds: "table",
  defaultRouteTableId: "table",
  routeTableName: "table",
  networkInterfaceId: "interface",
  networkInterfaceIds: "interface",
  networkInterfaceName: "interface",
  vpcEndpointId: "endpoint",
  privateEndpointName: "endpoint",
  prefixListId: "prefixList",
  prefixListIds: "prefixList",
  vpcPeeringConnectionId: "other",
  transitGatewayAttachmentId: "other",
  transitGatewayRouteTableId: "other",
  vpnGatewayId: "other",
  clientVpnEndpointId: "other",
  transitGatewayId: "other",
  vpnConnectionId: "other",
  virtualNetworkGateway1: "other",
  virtualNetworkGateway2: "other",
  virtualHubName: "other",
  networkManagerName: "other",
};

/** Types that join two networks: that one of them is another than the endpoint's proves nothing. */
const OF_TWO_NETWORKS =
  /^(?:aws:ec2\/(?:vpcPeeringConnection|vpcPeeringConnectionAccepter|peeringConnectionOptions):|azure-native:network:VirtualNetworkPeering$)/;

/** The words of a resource that join it with others. */
export const listJoiningProperties = ({ type, inputs }: Declared): string[] =>
  (READ_FIELDS[type]?.links ?? Object.keys(JOINING)).filter((property) => property in JOINING && isSaid(inputs[property]));
const isSaid = (value: unknown): boolean => toList(getId(value)).length > 0;

/** An endpoint that stands, and all that is known to lie around it. */
export interface Standing {
  readonly endpoint: Declared;
  /** URNs. */
  readonly around: ReadonlySet<string>;
  /** URNs of what nothing is read of and that is joined to it. */
  readonly joined: ReadonlySet<string>;
  /** Names of prefix lists that its rules let in; undefined where not all of its rules are known. */
  readonly prefixLists: ReadonlySet<string> | undefined;
  readonly present: readonly Declared[];
}

/**
 * Of a resource that is not known to be joined to the endpoint: the word by which it may be, as the end of a sentence; undefined where it is surely
 * joined with something else, and of what is joined with nothing.
 */
export function findLooseJoin(one: Declared, standing: Standing, seen: ReadonlySet<string> = new Set()): string | undefined {
  if (seen.has(one.urn) || isEndpoint(one.type)) return undefined;
  const further = new Set([...seen, one.urn]);
  const properties = listJoiningProperties(one);
  const networks = properties.filter((property) => JOINING[property] === "network");
  const lies = [...networks.map((property) => compareNetwork(one, property, standing)), ...compareToldNetworks(one, standing)];
  const isOfTwo = OF_TWO_NETWORKS.test(one.type);
  if (isOfTwo ? lies.length > 1 && lies.every((same) => same === "no") : lies.includes("no")) return undefined;
  for (const property of properties) {
    const loose =
      JOINING[property] === "network" ? findLooseNetwork(one, property, standing) : findLooseName(one, property, standing, further);
    if (loose !== undefined) return loose;
  }
  return undefined;
}

type Same = "yes" | "no" | "maybe";

/** The network that the cloud told of a resource which does not say it itself. */
function compareToldNetworks(one: Declared, standing: Standing): Same[] {
  return ["vpcId", "peerVpcId"].flatMap((property) => {
    const told = one.outputs[property];
    return one.inputs[property] !== undefined || typeof told !== "string" || told === UNKNOWN
      ? []
      : [compareNetwork({ ...one, inputs: { [property]: told } }, property, standing)];
  });
}

/** Whether a network is the endpoint's: by its id or name or, before it has any, by the resource that it is. */
function compareNetwork(one: Declared, property: string, { endpoint, present }: Standing): Same {
  const own = memoize(networks, endpoint, present, () => findEndpointNetwork(endpoint, present));
  const named = getAzureName(one.inputs[property]);
  const origins = one.origins[property] ?? [];
  if (origins.some((urn) => own.origins.includes(urn))) return "yes";
  const isDeclared = (urns: readonly string[]) => urns.length > 0 && urns.every((urn) => isNetwork(buildIndex(present).byUrn.get(urn)));
  if (named !== undefined && own.name !== undefined) return named === own.name ? "yes" : "no";
  // What is not made yet is no network that the endpoint lies in, and has no id that anybody could write down.
  if (named === undefined && isDeclared(origins) && (own.name !== undefined || isDeclared(own.origins))) return "no";
  if (named !== undefined && own.name === undefined && isDeclared(own.origins)) return "no";
  return "maybe";
}

const isNetwork = (one: Declared | undefined): boolean =>
  one !== undefined && /^(?:aws:ec2\/vpc:Vpc|aws:ec2\/defaultVpc:DefaultVpc|azure-native:network:VirtualNetwork)$/.test(one.type);

/** The network that an endpoint lies in. */
function findEndpointNetwork(
  endpoint: Declared,
  present: readonly Declared[],
): { readonly name: string | undefined; readonly origins: readonly string[] } {
  if (endpoint.type !== AZURE_ENDPOINT)
    return { name: getAzureName(endpoint.inputs["vpcId"] ?? endpoint.outputs["vpcId"]), origins: endpoint.origins["vpcId"] ?? [] };
  const subnets = listAzureSubnets(endpoint, present);
  const id = getId(endpoint.inputs["subnet"]);
  const byPath = typeof id === "string" && !isUnreadable(id) ? parseNetworkName(id) : undefined;
  return {
    name: byPath ?? subnets.map(({ inputs }) => getAzureName(inputs["virtualNetworkName"])).find((name) => name !== undefined),
    origins: subnets.flatMap(({ origins }) => origins["virtualNetworkName"] ?? []),
  };
}

const findLooseNetwork = (one: Declared, property: string, standing: Standing): string | undefined =>
  compareNetwork(one, property, standing) === "maybe" ? formatUndeclaredName(one, property) : undefined;

/**
 * A name of anything but a network. Where the endpoint has all of its kind, whether it is among them decides; else what the stack declares under the
 * name.
 */
function findLooseName(one: Declared, property: string, standing: Standing, seen: ReadonlySet<string>): string | undefined {
  const { present, around, joined } = standing;
  const parts = toList(getId(one.inputs[property])).map(getId);
  const origins = one.origins[property] ?? [];
  const kind = JOINING[property] as Named;
  const known = memoize(knowns[kind], standing.endpoint, present, () => ({ all: listKnownNames(kind, standing) })).all;
  const unreadable = parts.filter(isUnreadable).length;
  const texts = parts.flatMap((part) => (typeof part === "string" && !isUnreadable(part) ? [part] : []));
  const index = buildIndex(present);
  const called = (text: string) => (index.byId.get(normalizeSpelling(text)) ?? []).filter(({ urn }) => urn !== one.urn);
  const named = [
    // Several resources may have one id, such as an endpoint and what switches its private name on.
    ...texts.flatMap((text) => orNothing(called(text)).map((other) => ({ text, other }))),
    ...(unreadable === 0 ? [] : origins).map((urn) => ({ text: undefined, other: index.byUrn.get(urn) })),
  ];
  if (unreadable > origins.length) return formatUndeclaredName(one, property);
  for (const { text, other } of named) {
    // Of what is not known yet not even that it is the id of what it comes from.
    if (text !== undefined && known !== undefined) {
      if (known.has(getLastPart(text).toLowerCase())) return `its ${property} is ${text}, as the endpoint's`;
      continue;
    }
    if (other === undefined || isReference(other)) return formatUndeclaredName(one, property);
    if (joined.has(other.urn) && !around.has(other.urn)) return `its ${property} names ${other.name}, which is not read here`;
    const loose = findLooseJoin(other, standing, seen);
    if (loose !== undefined) return loose;
  }
  return undefined;
}

const networks: Memory<ReturnType<typeof findEndpointNetwork>> = new WeakMap();
const createMemory = (): Memory<{ readonly all: ReadonlySet<string> | undefined }> => new WeakMap();
const knowns: Readonly<Record<Named, ReturnType<typeof createMemory>>> = {
  network: createMemory(),
  subnet: createMemory(),
  group: createMemory(),
  acl: createMemory(),
  table: createMemory(),
  interface: createMemory(),
  endpoint: createMemory(),
  prefixList: createMemory(),
  other: createMemory(),
};

const isReference = ({ type }: Declared): boolean => type === "pulumi:pulumi:StackReference";

/** All that the endpoint has of a kind, in lower case; undefined where that is not known. */
function listKnownNames(kind: Named, { endpoint, prefixLists, present }: Standing): ReadonlySet<string> | undefined {
  if (kind === "prefixList") return prefixLists;
  if (kind === "endpoint") return endpoint.id === undefined ? undefined : new Set([getLastPart(endpoint.id).toLowerCase()]);
  return endpoint.type === AZURE_ENDPOINT ? listKnownAzureNames(kind, endpoint, present) : listKnownAwsNames(kind, endpoint, present);
}

function listKnownAwsNames(kind: Named, endpoint: Declared, present: readonly Declared[]): ReadonlySet<string> | undefined {
  if (kind === "group") return collectNames(toList(endpoint.inputs["securityGroupIds"]));
  if (kind === "interface") return collectNames(toList(endpoint.outputs["networkInterfaceIds"]));
  const subnets = listSubnets(endpoint).map(({ id }) => id);
  if (kind === "subnet") return collectNames(subnets);
  if (kind === "table") return collectNames(listBoundTo(subnets, listTableAssociations(endpoint, present), "subnetId", "routeTableId"));
  return kind === "acl" ? collectNames(listSubnetAcls(subnets, present)) : undefined;
}

/** The network ACL of each subnet; an undefined for one that the stack gives none. */
function listSubnetAcls(subnets: readonly (string | undefined)[], present: readonly Declared[]): unknown[] {
  const own = filterByType(present, "aws:ec2/networkAcl:NetworkAcl").flatMap((acl) =>
    toList(acl.inputs["subnetIds"]).map((subnetId) => ({ subnetId, networkAclId: acl.id })),
  );
  const bound = filterByType(present, "aws:ec2/networkAclAssociation:NetworkAclAssociation").map(({ inputs }) => inputs);
  const all = [...own, ...bound];
  return subnets.flatMap((id) => orNothing(all.filter(({ subnetId }) => subnetId === id).map(({ networkAclId }) => networkAclId)));
}

/** What each subnet is bound to; an undefined for one that is bound to nothing here. */
const listBoundTo = (subnets: readonly (string | undefined)[], bindings: readonly Declared[], from: string, to: string): unknown[] =>
  subnets.flatMap((id) => orNothing(bindings.filter(({ inputs }) => inputs[from] === id).map(({ inputs }) => inputs[to])));
const orNothing = <T>(found: readonly T[]): readonly (T | undefined)[] => (found.length > 0 ? found : [undefined]);

function listKnownAzureNames(kind: Named, endpoint: Declared, present: readonly Declared[]): ReadonlySet<string> | undefined {
  const subnets = listAzureSubnets(endpoint, present);
  if (kind === "subnet") return collectNames(toList(endpoint.inputs["subnet"]).map(getId));
  if (subnets.length === 0) return undefined;
  if (kind !== "group" && kind !== "table") return undefined;
  const property = kind === "group" ? "networkSecurityGroup" : "routeTable";
  const said = subnets.map(({ inputs }) => inputs[property]).filter((value) => value !== undefined);
  return said.length === 0 ? new Set() : collectNames(said.map(getId));
}

/** undefined unless there are any, and all are to be read. */
function collectNames(values: readonly unknown[]): ReadonlySet<string> | undefined {
  const texts = values.flatMap((value) => (typeof value === "string" && !isUnreadable(value) ? [getLastPart(value).toLowerCase()] : []));
  return values.length === 0 || texts.length < values.length ? undefined : new Set(texts);
}

/** `routeTableId is rtb-9, which the stack does not declare`. */
export function formatUndeclaredName({ inputs, origins }: Declared, property: string): string {
  const value = inputs[property];
  if (isUnreadable(value)) {
    const from = (origins[property] ?? []).map(getUrnName);
    return `its ${property} ${formatUnreadableReason(value)}${from.length === 0 ? "" : ` (from ${from.join(", ")})`}`;
  }
  const text = toList(getId(value)).map((part) => (isProperties(part) ? JSON.stringify(part) : String(part)));
  return `its ${property} is ${text.join(", ")}, and the stack does not declare that`;
}

/** What a resource names, but for networks and subnets, which nearly all name: each name alone, and with what it is a name of. */
export const listNames = (one: Declared): string[] =>
  listJoiningProperties(one).flatMap((property) => {
    const kind = JOINING[property];
    if (kind === "network" || kind === "subnet") return [];
    const ids = toList(getId(one.inputs[property]))
      .map(getId)
      .filter((id) => typeof id === "string" && !isUnreadable(id)) as string[];
    return [...ids.map(normalizeSpelling), ...(one.origins[property] ?? [])].flatMap((name) => [name, `${String(kind)} ${name}`]);
  });

/** By which names another resource is about this one, or about what it is about. */
export const listOwnNames = (one: Declared): string[] => [
  ...[one.urn, ...(one.id === undefined ? [] : [normalizeSpelling(one.id)])],
  ...listNames(one).filter((name) => name.includes(" ")),
];

/** Whether a resource is about an endpoint that the stack declares: then it is about no other. */
export const isOfEndpoint = (one: Declared, present: readonly Declared[]): boolean =>
  listJoiningProperties(one).some(
    (property) =>
      JOINING[property] === "endpoint" && present.some((other) => isEndpoint(other.type) && hasReferenceTo(one, property, other)),
  );
