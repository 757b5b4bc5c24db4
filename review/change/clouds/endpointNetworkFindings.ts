import { AddressSet } from "../../../contract/ranges.js";
import { isUnreadable } from "../../../provider/introspection.js";
import type { UnjudgedPart } from "../effects.js";
import type { ChangeFinding } from "../finding.js";
import type { ResourceChange } from "../change.js";
import { toAddressDelta, capitalize, formatAddressSet } from "../formatReach.js";
import { toResourceRef } from "../resourceRef.js";
import { comparePolicies } from "./endpointPolicy.js";
import type { PathChange } from "./pathChange.js";
import { formatEndpointTarget } from "./endpointTarget.js";
import { listAzureSubnets } from "./azure.js";
import { hasEndpointGuard, getPeeredAddresses, listPeerings, listPrivateDns } from "./endpointNetwork.js";
import { listAddedRoutes, hasSecretTarget, computeRouted, type Routed } from "./routes.js";
import { isMeaningfullyChanged } from "./readFields.js";

/** What the change does around an endpoint that stays: routes, peerings, its name, its policy, and whether its subnet guards it. */
export function judgeEndpointNetwork(path: PathChange): ChangeFinding[] {
  // Around a new endpoint all is new.
  if (path.before === undefined) return [];
  return [...judgeRoutes(path), ...judgePeerings(path), ...judgePrivateDns(path), ...judgeEndpointPolicy(path), ...judgeSubnetGuard(path)];
}

export function listUnclearNetwork({ before, after, recorded, declared, causeOf }: PathChange): UnjudgedPart[] {
  if (before === undefined) return [];
  const { endpoint } = after;
  const unclear = (what: string): UnjudgedPart => ({ urn: endpoint.urn, why: `${what} is known only after the update, or cannot be read` });
  const known = computeRouted(before.endpoint, recorded).foreign;
  const routed = computeRouted(endpoint, declared);
  const secret = declared.filter((one) => {
    const cause = routed.saidBy.includes(one.urn) && hasSecretTarget(one) ? causeOf([one.urn]) : undefined;
    return cause !== undefined && isMeaningfullyChanged(cause);
  });
  const tables = routed.foreign.filter((table) => !known.includes(table));
  const olds = listPeerings(before.endpoint, recorded).map(({ urn }) => urn);
  const peerings = listPeerings(endpoint, declared).filter(({ urn }) => {
    const cause = causeOf([urn]);
    return olds.includes(urn) && cause !== undefined && cause.op !== "replace" && isMeaningfullyChanged(cause);
  });
  const kept = new Set(listPrivateDns(before.endpoint, recorded).map(({ urn }) => urn));
  const names = listPrivateDns(endpoint, declared).filter(({ urn, type }) => {
    const cause = causeOf([urn]);
    return kept.has(urn) && type.startsWith("azure") && cause !== undefined && isMeaningfullyChanged(cause);
  });
  return [
    ...secret.map(({ urn, name }) => ({ urn, why: `what the route ${name} goes by is secret, so it cannot be compared here` })),
    ...names.map(({ urn, name }) => ({
      urn,
      why: `${name} changes which zone leads to the endpoint ${endpoint.name}, which is not read here`,
    })),
    ...tables.map((table) => ({ urn: endpoint.urn, why: `its subnets are routed by ${table}, which the stack does not declare` })),
    ...peerings.map(({ urn, name }) => ({ urn, why: `what the peering ${name} lets through changes, which is not read here` })),
    ...(causeOf([endpoint.urn]) && comparePolicies(before.endpoint.inputs["policy"], endpoint.inputs["policy"]) === "unclear"
      ? [unclear("the policy of the endpoint")]
      : []),
  ];
}

const toFindingSubject = (cause: ResourceChange) => ({ urn: cause.urn, resource: toResourceRef(cause) });

function judgeRoutes({ before, after, lead, recorded, declared, causeOf }: PathChange): ChangeFinding[] {
  const [had, has] = [before && computeRouted(before.endpoint, recorded), computeRouted(after.endpoint, declared)];
  const cause = causeOf(has.saidBy);
  const { addresses: added, named } = listAddedRoutes(had, has);
  if (cause === undefined || (added.isEmpty && named.length === 0)) return [];
  // The endpoint's own rules stay as they are: who is let in by them and could not come so far, can then.
  const meets = lead.isOurs && (named.length > 0 || !added.intersect(after.sources.addresses).isEmpty);
  const who = [...(added.isEmpty ? [] : [formatAddressSet(added)]), ...named].join(", ");
  return [
    {
      ...toFindingSubject(cause),
      rule: "private-path-routed",
      direction: "opens",
      severity: meets ? "medium" : "low",
      before: had ? formatRoutes(had) : "nowhere",
      after: formatRoutes(has),
      addresses: toAddressDelta(added, AddressSet.nobody),
      says: `The subnet of the private endpoint ${after.endpoint.name} is then routed to ${who}${meets ? `, some of which its rules let in${formatEndpointTarget(lead)}` : "; its rules let none of them in"}.`,
      remedy: "Keep the subnets of endpoints without routes beyond their own network.",
    },
  ];
}

/** As `10.0.0.0/17 by transitGatewayId tgw-1`. */
const formatRoutes = (routed: Routed): string =>
  [...routed.by]
    .map(
      ([target, { addresses, named }]) =>
        [...(addresses.isEmpty ? [] : [formatAddressSet(addresses)]), ...named].join(", ") + (target && ` by ${target}`),
    )
    .join("; ") || "nowhere";

function judgePeerings({ before, after, lead, recorded, declared, causeOf }: PathChange): ChangeFinding[] {
  const known = new Set(before === undefined ? [] : listPeerings(before.endpoint, recorded).map(({ urn }) => urn));
  return listPeerings(after.endpoint, declared).flatMap((peering): ChangeFinding[] => {
    const cause = causeOf([peering.urn]);
    if (cause === undefined || (known.has(peering.urn) && cause.op !== "replace")) return [];
    const addresses = getPeeredAddresses(peering);
    return [
      {
        ...toFindingSubject(cause),
        rule: "network-peered",
        direction: "opens",
        severity: lead.isOurs ? "medium" : "low",
        before: "not peered",
        after: addresses.isEmpty ? "peered" : `peered with ${formatAddressSet(addresses)}`,
        addresses: toAddressDelta(addresses, AddressSet.nobody),
        says: `The network of the private endpoint ${after.endpoint.name} is then joined with another one, whose addresses its rules may let in${formatEndpointTarget(lead)}.`,
        remedy:
          "Approve it if the other network is to use the database; otherwise make endpoints in a network that nothing is joined with.",
      },
    ];
  });
}

function judgePrivateDns({ before, after, lead, recorded, declared, causeOf }: PathChange): ChangeFinding[] {
  if (before === undefined) return [];
  const kept = new Set(listPrivateDns(after.endpoint, declared).map(({ urn }) => urn));
  return listPrivateDns(before.endpoint, recorded).flatMap((one): ChangeFinding[] => {
    const cause = causeOf([one.urn]);
    if (kept.has(one.urn) || cause === undefined) return [];
    return [
      {
        ...toFindingSubject(cause),
        rule: "private-dns-removed",
        direction: "closes",
        severity: lead.isOurs ? "medium" : "low",
        before: "the endpoint, inside the network",
        after: "the public address",
        says: `Inside the network the database's name no longer leads to the private endpoint ${after.endpoint.name}: who connects by name goes over the internet, and nowhere where public connections are blocked.`,
        remedy: "Keep the private name while anything in the network connects by it.",
      },
    ];
  });
}

function judgeEndpointPolicy({ before, after, lead, causeOf }: PathChange): ChangeFinding[] {
  const cause = causeOf([after.endpoint.urn]);
  if (cause === undefined) return [];
  const [had, has] = [before?.endpoint.inputs["policy"], after.endpoint.inputs["policy"]];
  if (comparePolicies(had, has) !== "wider") return [];
  return [
    {
      ...toFindingSubject(cause),
      rule: "endpoint-policy-widened",
      direction: "opens",
      severity: lead.isOurs ? "medium" : "low",
      property: "policy",
      before: formatPolicy(had),
      after: formatPolicy(has),
      says: `The policy of the private endpoint ${after.endpoint.name} lets through what it did not so far${formatEndpointTarget(lead)}.`,
      remedy: "Name who may use the endpoint, and keep what is denied.",
    },
  ];
}

const formatPolicy = (policy: unknown): string =>
  policy === undefined ? "none: everything is let through" : typeof policy === "string" ? policy : JSON.stringify(policy);

/** Azure looks at security groups for private endpoints only where the subnet says so. */
function judgeSubnetGuard({ before, after, lead, recorded, declared, causeOf }: PathChange): ChangeFinding[] {
  if (before === undefined) return [];
  const had = listAzureSubnets(before.endpoint, recorded);
  if (had.length === 0 || !had.every(hasEndpointGuard)) return [];
  return listAzureSubnets(after.endpoint, declared).flatMap((subnet): ChangeFinding[] => {
    // The subnet changes, or the endpoint goes to another one.
    const cause = causeOf([subnet.urn, after.endpoint.urn]);
    const value = subnet.inputs["privateEndpointNetworkPolicies"];
    if (cause === undefined || hasEndpointGuard(subnet) || isUnreadable(value)) return [];
    const who = capitalize(formatAddressSet(AddressSet.everyone));
    return [
      {
        ...toFindingSubject(cause),
        rule: "private-path-unguarded",
        direction: "opens",
        severity: lead.isOurs ? "medium" : "low",
        property: "privateEndpointNetworkPolicies",
        before: "security groups hold",
        after: "security groups do not hold",
        addresses: toAddressDelta(AddressSet.everyone, AddressSet.nobody),
        says: `${who} that the network lets come may then use the private endpoint ${after.endpoint.name}, whatever its security groups say${formatEndpointTarget(lead)}.`,
        remedy: 'Keep privateEndpointNetworkPolicies: "Enabled".',
      },
    ];
  });
}
