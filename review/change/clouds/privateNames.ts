import { isUnreadable } from "../../../provider/introspection.js";
import type { Declared } from "../change.js";
import { toList } from "./privatePath.js";

/** Records and zones that can lead names of Neon's hosts elsewhere inside a network. Nothing more is read of them. */

const HOSTS = "neon.tech";

/** By which property a type says a zone's or a host's own name, and by which it names the zone that it is of. */
const NAMES: Readonly<Record<string, { readonly name?: string; readonly zone?: string }>> = {
  "aws:route53/record:Record": { name: "name", zone: "zoneId" },
  "aws:route53/recordsExclusive:RecordsExclusive": { zone: "zoneId" },
  "aws:route53/zone:Zone": { name: "name" },
  "aws:route53/zoneAssociation:ZoneAssociation": { zone: "zoneId" },
  "aws:route53/resolverRule:ResolverRule": { name: "domainName" },
  "aws:route53/resolverRuleAssociation:ResolverRuleAssociation": { zone: "resolverRuleId" },
  "aws-native:route53:RecordSet": { name: "name", zone: "hostedZoneId" },
  "aws-native:route53:HostedZone": { name: "name" },
  "azure-native:privatedns:PrivateRecordSet": { name: "relativeRecordSetName", zone: "privateZoneName" },
  "azure-native:network:PrivateRecordSet": { name: "relativeRecordSetName", zone: "privateZoneName" },
  "azure-native:privatedns:PrivateZone": { name: "privateZoneName" },
  "azure-native:privatedns:VirtualNetworkLink": { zone: "privateZoneName" },
  "azure-native:network:PrivateDnsZoneGroup": {},
};

export const isOfNames = (type: string): boolean => type in NAMES && type !== "azure-native:network:PrivateDnsZoneGroup";

/** Whether a resource may lead names of Neon's hosts: by its name, by that of its zone where the stack tells it, and where nothing tells. */
export function mayLeadHosts(one: Declared, present: readonly Declared[]): boolean {
  const { name: own, zone: of } = NAMES[one.type] ?? {};
  const name = own === undefined ? undefined : one.inputs[own];
  if (typeof name === "string" && !isUnreadable(name) && isOfHosts(name)) return true;
  if (of === undefined) return isUnreadable(name);
  const zone = findZoneName(one, of, present);
  if (zone !== undefined) return isOfHosts(zone);
  // In a zone that nobody can name only what looks like a host of Neon's, or stands for all, can be one.
  return typeof name !== "string" || isUnreadable(name) || /^(?:\*|@|ep-|$)/i.test(name);
}

/** Whether a zone of that name, or a host, may hold hosts of Neon's: it is of theirs, or theirs are of it. */
function isOfHosts(name: string): boolean {
  const plain = name.toLowerCase().replace(/\.$/, "");
  return plain === HOSTS || plain.endsWith(`.${HOSTS}`) || HOSTS.endsWith(`.${plain}`);
}

function findZoneName({ inputs, origins }: Declared, property: string, present: readonly Declared[]): string | undefined {
  const zones = present.filter(
    ({ id, urn }) => (origins[property] ?? []).includes(urn) || (id !== undefined && toList(inputs[property]).includes(id)),
  );
  for (const zone of zones) {
    const name = zone.inputs[NAMES[zone.type]?.name ?? ""];
    if (typeof name === "string" && !isUnreadable(name)) return name;
  }
  // Azure names zones by their names.
  const said = inputs[property];
  return property === "privateZoneName" && typeof said === "string" && !isUnreadable(said) ? said : undefined;
}
