import { REDACTED, isUnreadable, UNKNOWN } from "../../../provider/introspection.js";
import type { UnjudgedPart } from "../effects.js";
import type { Declared, ResourceChange } from "../change.js";
import { formatUnreadableReason } from "../unreadable.js";

/** `maybe`: of what cannot be read. */
export type Certainty = "yes" | "no" | "maybe";

/** What the judge reads of a type: which other resource it is about, and what it says. */
interface ReadFields {
  readonly links: readonly string[];
  readonly says: readonly string[];
}

const PORTS = ["fromPort", "toPort"];
const AZURE_RULE = [
  ...["priority", "access", "direction", "protocol", "sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups"],
  ...["destinationPortRange", "destinationPortRanges"],
];

export const READ_FIELDS: Readonly<Record<string, ReadFields>> = {
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    links: ["securityGroupIds", "subnetIds", "subnetConfigurations", "vpcId"],
    says: ["privateDnsEnabled"],
  },
  "aws:ec2/securityGroup:SecurityGroup": { links: [], says: ["ingress"] },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    links: ["securityGroupId"],
    says: ["ipProtocol", ...PORTS, "cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId"],
  },
  "aws:ec2/securityGroupRule:SecurityGroupRule": {
    // Whether it is about what comes in belongs to what it is about.
    links: ["securityGroupId", "type"],
    says: ["protocol", ...PORTS, "cidrBlocks", "ipv6CidrBlocks", "sourceSecurityGroupId", "prefixListIds", "self"],
  },
  "aws:ec2/networkAcl:NetworkAcl": { links: ["subnetIds"], says: ["ingress"] },
  "aws:ec2/networkAclRule:NetworkAclRule": {
    links: ["networkAclId", "egress"],
    says: ["ruleNumber", "ruleAction", "protocol", ...PORTS, "cidrBlock", "ipv6CidrBlock"],
  },
  "aws:ec2/networkAclAssociation:NetworkAclAssociation": { links: ["networkAclId", "subnetId"], says: [] },
  "aws:ec2/routeTable:RouteTable": { links: [], says: ["routes"] },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { links: ["routeTableId", "subnetId"], says: [] },
  "aws:ec2/route:Route": {
    links: ["routeTableId"],
    says: ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
  },
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": { links: ["vpcId", "peerVpcId"], says: [] },
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": { links: ["vpcEndpointId"], says: ["privateDnsEnabled"] },
  "azure-native:network:PrivateEndpoint": { links: ["subnet"], says: [] },
  "azure-native:network:Subnet": {
    links: ["networkSecurityGroup", "virtualNetworkName", "routeTable"],
    says: ["privateEndpointNetworkPolicies"],
  },
  "azure-native:network:NetworkSecurityGroup": { links: [], says: ["securityRules"] },
  "azure-native:network:SecurityRule": { links: ["networkSecurityGroupName"], says: AZURE_RULE },
  "azure-native:network:RouteTable": { links: [], says: ["routes"] },
  "azure-native:network:Route": { links: ["routeTableName"], says: ["addressPrefix"] },
  "azure-native:network:VirtualNetworkPeering": {
    links: ["virtualNetworkName", "remoteVirtualNetwork"],
    says: ["remoteAddressSpace", "peerAddressSpace"],
  },
  "azure-native:network:PrivateDnsZoneGroup": { links: ["privateEndpointName"], says: [] },
  "azure-native:privatedns:VirtualNetworkLink": { links: ["virtualNetwork"], says: [] },
};

/** Neon's half names the endpoint of either cloud. */
export const NEON_LINKS: Readonly<Record<string, readonly string[]>> = {
  PrivateEndpoint: ["vpcEndpointId", "azureResourceGuid"],
  VpcEndpointRestriction: ["vpcEndpointId"],
};

/** The first property that says something which is not to be read. */
export const findUnreadableField = ({ type, inputs }: Declared): string | undefined =>
  READ_FIELDS[type]?.says.find((property) => isUnreadable(inputs[property]));

/** The first property of which nobody can tell whom it is about: not its value, and not where all of it comes from. */
export const findUnresolvedLink = ({ type, kind, inputs, origins }: Declared): string | undefined =>
  (READ_FIELDS[type]?.links ?? NEON_LINKS[kind ?? ""] ?? []).find(
    (property) => countUnreadableParts(inputs[property]) > (origins[property] ?? []).length,
  );

const countUnreadableParts = (value: unknown): number =>
  Array.isArray(value) ? value.reduce((sum: number, one) => sum + countUnreadableParts(one), 0) : isUnreadable(value) ? 1 : 0;

/** Whether a resource says something else than before. Two values that are blinded may be two values. */
export function isMeaningfullyChanged({ op, before, after }: ResourceChange): boolean {
  if (op === "same" || op === "read") return false;
  return op !== "update" || before === undefined || after === undefined || !isSurelySame(omitTags(before), omitTags(after));
}

const omitTags = ({ inputs: { tags: _, tagsAll: __, ...said } }: Declared): unknown => said;

export function isSurelySame(before: unknown, after: unknown): boolean {
  const [was, is] = [JSON.stringify(before ?? null), JSON.stringify(after ?? null)];
  return was === is && !is.includes(UNKNOWN) && !is.includes(REDACTED);
}

/** What is around one endpoint and cannot be read, where anything around it says something else than before. */
export function listUnreadableAround(around: readonly string[], byUrn: ReadonlyMap<string, ResourceChange>): UnjudgedPart[] {
  const resources = around.flatMap((urn) => byUrn.get(urn) ?? []);
  if (!resources.some(isMeaningfullyChanged)) return [];
  return resources.flatMap(({ urn, before, after }) =>
    [after, before].flatMap((side) => {
      const property = side && findUnreadableField(side);
      return side === undefined || property === undefined ? [] : [{ urn, why: formatFieldReason(property, side) }];
    }),
  );
}

/** What may be about any endpoint of its cloud, where something of it says something else than before. */
export function listUnresolvedLinks(resources: readonly ResourceChange[], isOfCloud: (type: string) => boolean): UnjudgedPart[] {
  const mine = resources.filter(({ type, kind }) => (type in READ_FIELDS && isOfCloud(type)) || (kind ?? "") in NEON_LINKS);
  const moves = mine.some((one) => one.kind === undefined && isMeaningfullyChanged(one));
  return mine.flatMap((one) =>
    [one.after, one.before].flatMap((side) => {
      const property = side && findUnresolvedLink(side);
      if (side === undefined || property === undefined || !(moves || isMeaningfullyChanged(one))) return [];
      return [{ urn: one.urn, why: `${formatFieldReason(property, side)}, so it may be about the private endpoint` }];
    }),
  );
}

const formatFieldReason = (property: string, { inputs }: Declared): string => `${property} ${formatUnreadableReason(inputs[property])}`;
