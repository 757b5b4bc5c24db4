import { AddressSet, allowedBy } from "../../../contract/ranges.js";
import { type Bag, isBag, isUnreadable } from "../../../provider/resources/settled.js";
import { lastPart } from "../../../contract/ids.js";
import { type Declared, nameOf } from "../model.js";
import {
  admittedInOrder,
  bags,
  isWord,
  list,
  NO_SOURCES,
  type NumberedRule,
  ofType,
  POSTGRES_PORT,
  type PrivatePath,
  refersTo,
  type Sources,
  sourcesOf,
  unionSources,
} from "./path.js";
import { type Certainty, unreadIn } from "./unclear.js";

export const AZURE_ENDPOINT = "azure-native:network:PrivateEndpoint";
const GROUP = "azure-native:network:NetworkSecurityGroup";
const RULE = "azure-native:network:SecurityRule";
const SUBNET = "azure-native:network:Subnet";

/** Each private endpoint with what the network security group of its subnet lets in to Postgres. */
export function azurePaths(present: readonly Declared[]): PrivatePath[] {
  return ofType(present, AZURE_ENDPOINT).map((endpoint) => {
    const subnets = subnetsOfAzure(endpoint, present);
    const parts = subnets.map((subnet) => subnetPart(subnet, present));
    return {
      endpoint,
      sources: parts.map(({ sources }) => sources).reduce(unionSources, NO_SOURCES),
      foreign: new Set([...(subnets.length === 0 ? namedBy(endpoint, "subnet") : []), ...parts.flatMap(({ foreign }) => foreign)]),
      saidBy: [...parts.flatMap(({ saidBy }) => saidBy), ...subnets.map(({ urn }) => urn), endpoint.urn],
    };
  });
}

/** The subnets of a private endpoint of Azure, as far as the stack declares them. */
export const subnetsOfAzure = (endpoint: Declared, present: readonly Declared[]): Declared[] =>
  endpoint.type === AZURE_ENDPOINT
    ? ofType(present, SUBNET).filter((subnet) => refersTo(endpoint, "subnet", subnet, idIn(endpoint.inputs["subnet"])))
    : [];

interface Part extends Pick<PrivatePath, "sources" | "saidBy"> {
  readonly foreign: readonly string[];
}

function subnetPart(subnet: Declared, present: readonly Declared[]): Part {
  const value = subnet.inputs["networkSecurityGroup"];
  if (value === undefined || value === null) return { sources: UNGUARDED, foreign: [], saidBy: [] };
  const groups = ofType(present, GROUP).filter((group) => refersTo(subnet, "networkSecurityGroup", group, idIn(value)));
  if (groups.length === 0) return { sources: NO_SOURCES, foreign: namedBy(subnet, "networkSecurityGroup"), saidBy: [] };
  const parts = groups.map((group) => {
    const apart = ofType(present, RULE).filter((rule) => isRuleOf(rule, group) !== "no");
    const rules = [...azureRules(group), ...apart.flatMap((rule) => azureRules(rule, isRuleOf(rule, group) === "yes"))];
    const isUnread = [group, ...apart].some((one) => unreadIn(one) !== undefined);
    const sources = admittedInOrder([...rules, DEFAULT_RULE]);
    return { sources: { ...sources, unclear: sources.unclear || isUnread }, saidBy: [...apart, group].map(({ urn }) => urn) };
  });
  return {
    sources: parts.map(({ sources }) => sources).reduce(unionSources, NO_SOURCES),
    ...{ foreign: [], saidBy: parts.flatMap(({ saidBy }) => saidBy) },
  };
}

/** The rules of a network security group, or the one that a resource of its own is. */
export function azureRules({ type, inputs }: Declared, isOfGroup = true): NumberedRule[] {
  const rules = type === GROUP ? bags(inputs["securityRules"]) : [inputs];
  return rules.flatMap((rule) => ruleOf(rule, isOfGroup) ?? []);
}

/** A rule names its group by name and resource group. Where the name is the same and the resource group is not told, it may be another's. */
function isRuleOf(rule: Declared, group: Declared): Certainty {
  if (refersTo(rule, "networkSecurityGroupName", group)) return "yes";
  const name = rule.inputs["networkSecurityGroupName"];
  if (group.id === undefined || typeof name !== "string" || isUnreadable(name)) return "no";
  if (name.toLowerCase() !== lastPart(group.id).toLowerCase()) return "no";
  const [mine, theirs] = [rule.inputs["resourceGroupName"], group.inputs["resourceGroupName"]].map((one) =>
    typeof one === "string" && !isUnreadable(one) ? one.toLowerCase() : undefined,
  );
  if (mine === undefined || theirs === undefined) return "maybe";
  return mine === theirs ? "yes" : "no";
}

/** What a property names, where the stack does not declare it: by id or, without one, by where it comes from. */
function namedBy({ inputs, origins }: Declared, property: string): string[] {
  const id = idIn(inputs[property]);
  return typeof id === "string" && !isUnreadable(id) ? [id.toLowerCase()] : (origins[property] ?? []).map(nameOf);
}

export const idIn = (value: unknown): unknown => (isBag(value) && !isUnreadable(value) ? value["id"] : value);

/** Azure's own last rules: its network, with every network that is peered, comes in unless a rule of the group denies it; the rest does not. */
const WHOLE_NETWORK = "VirtualNetwork";
export const DEFAULT_RULE: NumberedRule = { number: 65_000, allows: true, isWhole: true, sources: sourcesOf([], [WHOLE_NETWORK]) };
/** Without a security group all comes in that the network lets come. */
const UNGUARDED: Sources = { addresses: AddressSet.everyone, named: new Set([WHOLE_NETWORK]), unclear: false };

/** undefined for one that is surely not about what comes in to Postgres. */
function ruleOf(rule: Bag, isOfGroup: boolean): NumberedRule | undefined {
  const [isInbound, meets] = [isWord(rule["direction"], "inbound"), meetsPostgres(rule)];
  if (isInbound === false || meets === "no") return undefined;
  return {
    ...{ number: rule["priority"], allows: isWord(rule["access"], "allow"), sources: sourcesIn(rule) },
    isWhole: isOfGroup && isInbound === true && meets === "yes" && isOfAll(rule),
  };
}

/** Whether a rule holds for the endpoint whatever its address, and for all that its sources send: else it is about a part of them. */
function isOfAll(rule: Bag): boolean {
  const texts = (...properties: string[]) => properties.flatMap((property) => list(rule[property])).map((one) => String(one).toLowerCase());
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
const INTERNET = AddressSet.everyone.minus(allowedBy(PRIVATE).set);

function sourcesIn(rule: Bag): Sources {
  const prefixes = [...list(rule["sourceAddressPrefix"]), ...list(rule["sourceAddressPrefixes"])];
  const tag = (prefix: unknown) => String(prefix).toLowerCase();
  const groups = list(rule["sourceApplicationSecurityGroups"]).map(idIn);
  const isAddress = (prefix: unknown) => !EVERYTHING.has(tag(prefix)) && tag(prefix) !== "internet";
  const sources = sourcesOf(prefixes.filter(isAddress), groups);
  const everyone = prefixes.some((prefix) => EVERYTHING.has(tag(prefix))) ? AddressSet.everyone : AddressSet.nobody;
  const internet = prefixes.some((prefix) => tag(prefix) === "internet") ? INTERNET : AddressSet.nobody;
  // Tags are written in any case.
  const named = new Set([...sources.named].map((name) => (name.toLowerCase() === WHOLE_NETWORK.toLowerCase() ? WHOLE_NETWORK : name)));
  return { ...sources, named, addresses: sources.addresses.union(everyone).union(internet) };
}

function meetsPostgres(rule: Bag): Certainty {
  const protocol = isUnreadable(rule["protocol"]) ? undefined : String(rule["protocol"]).toLowerCase();
  if (protocol !== undefined && protocol !== "tcp" && protocol !== "*") return "no";
  const ports = [...list(rule["destinationPortRange"]), ...list(rule["destinationPortRanges"])];
  const meets = ports.some((port) => {
    if (isUnreadable(port)) return false;
    if (port === "*") return true;
    const [from, to = from] = String(port).split("-").map(Number);
    return Number(from) <= POSTGRES_PORT && POSTGRES_PORT <= Number(to);
  });
  if (!meets && !isUnreadable(ports)) return "no";
  return meets && protocol !== undefined ? "yes" : "maybe";
}
