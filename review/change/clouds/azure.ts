import { AddressSet } from "../../../contract/ranges.js";
import { type Bag, hasUnknown, isBag } from "../../../provider/resources/settled.js";
import { lastPart } from "../../../contract/ids.js";
import type { Declared } from "../model.js";
import {
  admittedInOrder,
  bags,
  list,
  NO_SOURCES,
  type NumberedRule,
  POSTGRES_PORT,
  type PrivatePath,
  refersTo,
  type Sources,
  sourcesOf,
  unionSources,
} from "./path.js";

export const AZURE_ENDPOINT = "azure-native:network:PrivateEndpoint";
const GROUP = "azure-native:network:NetworkSecurityGroup";
const RULE = "azure-native:network:SecurityRule";
export const SUBNET = "azure-native:network:Subnet";

/** Each private endpoint with what the network security group of its subnet lets in to Postgres. */
export function azurePaths(present: readonly Declared[]): PrivatePath[] {
  const of = (type: string) => present.filter((one) => one.type === type);
  return of(AZURE_ENDPOINT).map((endpoint) => {
    const subnets = of(SUBNET).filter((subnet) => refersTo(endpoint, "subnet", subnet, idIn(endpoint.inputs["subnet"])));
    const groups = of(GROUP).filter((group) =>
      subnets.some((subnet) => refersTo(subnet, "networkSecurityGroup", group, idIn(subnet.inputs["networkSecurityGroup"]))),
    );
    const parts = groups.map((group) => {
      const apart = of(RULE).filter(
        (rule) =>
          refersTo(rule, "networkSecurityGroupName", group) ||
          (group.id !== undefined && rule.inputs["networkSecurityGroupName"] === lastPart(group.id)),
      );
      const rules = [...bags(group.inputs["securityRules"]), ...apart.map(({ inputs }) => inputs)];
      return { sources: admitted(rules), saidBy: [...apart, group].map(({ urn }) => urn) };
    });
    return {
      endpoint,
      sources: parts.map(({ sources }) => sources).reduce(unionSources, NO_SOURCES),
      saidBy: [...parts.flatMap(({ saidBy }) => saidBy), ...subnets.map(({ urn }) => urn), endpoint.urn],
    };
  });
}

export const idIn = (value: unknown): unknown => (isBag(value) ? value["id"] : value);

/** Azure's own last rules: its network, with every network that is peered, comes in unless a rule of the group denies it; the rest does not. */
const WHOLE_NETWORK = "VirtualNetwork";
const DEFAULT_RULE: NumberedRule = { number: 65_000, allows: true, sources: sourcesOf([], [WHOLE_NETWORK]) };

function admitted(rules: readonly Bag[]): Sources {
  const inbound = rules.filter((rule) => String(rule["direction"]).toLowerCase() === "inbound" && meetsPostgres(rule));
  return admittedInOrder([
    ...inbound.map((rule) => ({
      number: rule["priority"],
      allows: String(rule["access"]).toLowerCase() === "allow",
      sources: sourcesIn(rule),
    })),
    DEFAULT_RULE,
  ]);
}

const EVERYONE = /^(?:\*|any|internet|0\.0\.0\.0\/0)$/i;

function sourcesIn(rule: Bag): Sources {
  const prefixes = [...list(rule["sourceAddressPrefix"]), ...list(rule["sourceAddressPrefixes"])];
  const sources = sourcesOf(prefixes.filter((prefix) => !EVERYONE.test(String(prefix))));
  const everyone = prefixes.some((prefix) => EVERYONE.test(String(prefix)));
  // Tags are written in any case.
  const named = new Set([...sources.named].map((name) => (name.toLowerCase() === WHOLE_NETWORK.toLowerCase() ? WHOLE_NETWORK : name)));
  return { ...sources, named, ...(everyone && { addresses: AddressSet.everyone }) };
}

function meetsPostgres(rule: Bag): boolean {
  const protocol = String(rule["protocol"]).toLowerCase();
  if (protocol !== "tcp" && protocol !== "*") return hasUnknown(rule["protocol"]);
  const ports = [...list(rule["destinationPortRange"]), ...list(rule["destinationPortRanges"])];
  return ports.some((port) => {
    if (port === "*" || hasUnknown(port)) return true;
    const [from, to = from] = String(port).split("-").map(Number);
    return Number(from) <= POSTGRES_PORT && POSTGRES_PORT <= Number(to);
  });
}
