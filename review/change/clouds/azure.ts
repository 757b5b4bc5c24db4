import { AddressSet, parseAllowlist } from "../../../contract/ranges.js";
import { type Properties, isProperties, isUnreadable } from "../../../provider/introspection.js";
import { getLastPart } from "../../../contract/ids.js";
import { type Declared, getUrnName } from "../change.js";
import {
  computeAdmitted,
  toObjects,
  isWord,
  toList,
  NO_SOURCES,
  type NumberedRule,
  filterByType,
  POSTGRES_PORT,
  type PrivatePath,
  hasReferenceTo,
  type Sources,
  buildSources,
  uniteSources,
} from "./privatePath.js";
import { type Certainty, findUnreadableField } from "./readFields.js";

export const AZURE_ENDPOINT = "azure-native:network:PrivateEndpoint";
const GROUP = "azure-native:network:NetworkSecurityGroup";
const RULE = "azure-native:network:SecurityRule";
const SUBNET = "azure-native:network:Subnet";

/** Each private endpoint with what the network security group of its subnet lets in to Postgres. */
export function listAzurePaths(present: readonly Declared[]): PrivatePath[] {
  return filterByType(present, AZURE_ENDPOINT).map((endpoint) => {
    const subnets = listAzureSubnets(endpoint, present);
    const parts = subnets.map((subnet) => buildSubnetPath(subnet, present));
    return {
      endpoint,
      sources: parts.map(({ sources }) => sources).reduce(uniteSources, NO_SOURCES),
      foreign: new Set([
        ...(subnets.length === 0 ? listReferencedNames(endpoint, "subnet") : []),
        ...parts.flatMap(({ foreign }) => foreign),
      ]),
      saidBy: [...parts.flatMap(({ saidBy }) => saidBy), ...subnets.map(({ urn }) => urn), endpoint.urn],
    };
  });
}

/** The subnets of a private endpoint of Azure, as far as the stack declares them. */
export const listAzureSubnets = (endpoint: Declared, present: readonly Declared[]): Declared[] =>
  endpoint.type === AZURE_ENDPOINT
    ? filterByType(present, SUBNET).filter((subnet) => hasReferenceTo(endpoint, "subnet", subnet, getId(endpoint.inputs["subnet"])))
    : [];

interface SubnetPath extends Pick<PrivatePath, "sources" | "saidBy"> {
  readonly foreign: readonly string[];
}

function buildSubnetPath(subnet: Declared, present: readonly Declared[]): SubnetPath {
  const value = subnet.inputs["networkSecurityGroup"];
  if (value === undefined || value === null) return { sources: UNGUARDED, foreign: [], saidBy: [] };
  const groups = filterByType(present, GROUP).filter((group) => hasReferenceTo(subnet, "networkSecurityGroup", group, getId(value)));
  if (groups.length === 0) return { sources: NO_SOURCES, foreign: listReferencedNames(subnet, "networkSecurityGroup"), saidBy: [] };
  const parts = groups.map((group) => {
    const apart = filterByType(present, RULE).filter((rule) => isRuleOf(rule, group) !== "no");
    const rules = [...listAzureRules(group), ...apart.flatMap((rule) => listAzureRules(rule, isRuleOf(rule, group) === "yes"))];
    const isUnread = [group, ...apart].some((one) => findUnreadableField(one) !== undefined);
    const sources = computeAdmitted([...rules, DEFAULT_RULE]);
    return { sources: { ...sources, unclear: sources.unclear || isUnread }, saidBy: [...apart, group].map(({ urn }) => urn) };
  });
  return {
    sources: parts.map(({ sources }) => sources).reduce(uniteSources, NO_SOURCES),
    foreign: [],
    saidBy: parts.flatMap(({ saidBy }) => saidBy),
  };
}

/** The rules of a network security group, or the one that a resource of its own is. */
export function listAzureRules({ type, inputs }: Declared, isOfGroup = true): NumberedRule[] {
  const rules = type === GROUP ? toObjects(inputs["securityRules"]) : [inputs];
  return rules.flatMap((rule) => toNumberedRule(rule, isOfGroup) ?? []);
}

/** A rule names its group by name and resource group. Where the name is the same and the resource group is not told, it may be another's. */
function isRuleOf(rule: Declared, group: Declared): Certainty {
  if (hasReferenceTo(rule, "networkSecurityGroupName", group)) return "yes";
  const name = rule.inputs["networkSecurityGroupName"];
  if (group.id === undefined || typeof name !== "string" || isUnreadable(name)) return "no";
  if (name.toLowerCase() !== getLastPart(group.id).toLowerCase()) return "no";
  const [mine, theirs] = [rule.inputs["resourceGroupName"], group.inputs["resourceGroupName"]].map((one) =>
    typeof one === "string" && !isUnreadable(one) ? one.toLowerCase() : undefined,
  );
  if (mine === undefined || theirs === undefined) return "maybe";
  return mine === theirs ? "yes" : "no";
}

/** What a property names, where the stack does not declare it: by id or, without one, by where it comes from. */
function listReferencedNames({ inputs, origins }: Declared, property: string): string[] {
  const id = getId(inputs[property]);
  return typeof id === "string" && !isUnreadable(id) ? [id.toLowerCase()] : (origins[property] ?? []).map(getUrnName);
}

export const getId = (value: unknown): unknown => (isProperties(value) && !isUnreadable(value) ? value["id"] : value);

/** Azure's own last rules: its network, with every network that is peered, comes in unless a rule of the group denies it; the rest does not. */
const WHOLE_NETWORK = "VirtualNetwork";
export const DEFAULT_RULE: NumberedRule = { number: 65_000, allows: true, isWhole: true, sources: buildSources([], [WHOLE_NETWORK]) };
/** Without a security group all comes in that the network lets come. */
const UNGUARDED: Sources = { addresses: AddressSet.everyone, named: new Set([WHOLE_NETWORK]), unclear: false };

/** undefined for one that is surely not about what comes in to Postgres. */
function toNumberedRule(rule: Properties, isOfGroup: boolean): NumberedRule | undefined {
  const [isInbound, meets] = [isWord(rule["direction"], "inbound"), isForPostgres(rule)];
  if (isInbound === false || meets === "no") return undefined;
  return {
    number: rule["priority"],
    allows: isWord(rule["access"], "allow"),
    sources: toRuleSources(rule),
    isWhole: isOfGroup && isInbound === true && meets === "yes" && isUnrestricted(rule),
  };
}

/** Whether a rule holds for the endpoint whatever its address, and for all that its sources send: else it is about a part of them. */
function isUnrestricted(rule: Properties): boolean {
  const texts = (...properties: string[]) =>
    properties.flatMap((property) => toList(rule[property])).map((one) => String(one).toLowerCase());
  const destinations = texts("destinationAddressPrefix", "destinationAddressPrefixes");
  const groups = texts("sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups");
  return (
    groups.length === 0 &&
    destinations.some((one) => EVERYTHING.has(one) || one === WHOLE_NETWORK.toLowerCase()) &&
    texts("sourcePortRange", "sourcePortRanges").every((port) => port === "*" || port === "0-65535")
  );
}

const EVERYTHING: ReadonlySet<string> = new Set(["*", "any"]);
/** What the tag Internet is not about: private and shared addresses, and those of one link (RFC 1918, 6598, 3927, 4193, 4291). */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"];
const INTERNET = AddressSet.everyone.subtract(parseAllowlist(PRIVATE).set);

function toRuleSources(rule: Properties): Sources {
  const prefixes = [...toList(rule["sourceAddressPrefix"]), ...toList(rule["sourceAddressPrefixes"])];
  const tag = (prefix: unknown) => String(prefix).toLowerCase();
  const groups = toList(rule["sourceApplicationSecurityGroups"]).map(getId);
  const isAddress = (prefix: unknown) => !EVERYTHING.has(tag(prefix)) && tag(prefix) !== "internet";
  const sources = buildSources(prefixes.filter(isAddress), groups);
  const everyone = prefixes.some((prefix) => EVERYTHING.has(tag(prefix))) ? AddressSet.everyone : AddressSet.nobody;
  const internet = prefixes.some((prefix) => tag(prefix) === "internet") ? INTERNET : AddressSet.nobody;
  // Tags are written in any case.
  const named = new Set([...sources.named].map((name) => (name.toLowerCase() === WHOLE_NETWORK.toLowerCase() ? WHOLE_NETWORK : name)));
  return { ...sources, named, addresses: sources.addresses.union(everyone).union(internet) };
}

function isForPostgres(rule: Properties): Certainty {
  const protocol = isUnreadable(rule["protocol"]) ? undefined : String(rule["protocol"]).toLowerCase();
  if (protocol !== undefined && protocol !== "tcp" && protocol !== "*") return "no";
  const ports = [...toList(rule["destinationPortRange"]), ...toList(rule["destinationPortRanges"])];
  const meets = ports.some((port) => {
    if (isUnreadable(port)) return false;
    if (port === "*") return true;
    const [from, to = from] = String(port).split("-").map(Number);
    return Number(from) <= POSTGRES_PORT && POSTGRES_PORT <= Number(to);
  });
  if (!meets && !isUnreadable(ports)) return "no";
  return meets && protocol !== undefined ? "yes" : "maybe";
}
