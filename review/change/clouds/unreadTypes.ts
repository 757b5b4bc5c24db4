import { isProperties, isUnreadable } from "../../../provider/introspection.js";
import type { UnjudgedPart } from "../effects.js";
import type { Declared, ResourceChange } from "../change.js";
import { READ_FIELDS, isMeaningfullyChanged } from "./readFields.js";

/** Types of the clouds' networks of which the judge reads nothing: what they do around an endpoint is not judged, and that is said. */

const NAMESPACES = [
  ...["aws:ec2/", "aws:vpc/", "aws:ec2transitgateway/", "aws:ec2clientvpn/", "aws:vpclattice/", "aws-native:ec2:"],
  ...["azure-native:network:", "azure-native:privatedns:", "azure:network/", "azure:privatedns/", "azure:privatelink/"],
];

/** Types that let nobody in to an endpoint, whatever they say. */
const HARMLESS: ReadonlySet<string> = new Set([
  // They log traffic.
  ...["aws:ec2/flowLog:FlowLog", "aws-native:ec2:FlowLog", "azure-native:network:FlowLog", "azure-native:network:NetworkWatcher"],
  // Labels.
  "aws:ec2/tag:Tag",
  // What goes out: an endpoint opens no connections.
  ...["aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "aws-native:ec2:SecurityGroupEgress"],
  // Ways out of a network, and into it only by a route, which is read.
  ...["aws:ec2/natGateway:NatGateway", "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", "azure-native:network:NatGateway"],
  ...["aws:ec2/internetGateway:InternetGateway", "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"],
  // Machines use what their groups and subnets may, as those of any other service do; whom a group holds is not judged.
  ...["aws:ec2/instance:Instance", "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/eip:Eip"],
  // A part of the network's own addresses: groups, ACLs and routes say who is let in, and they are read.
  "aws:ec2/subnet:Subnet",
]);

/** Whether a type belongs to the clouds' networks, and is neither read nor harmless. */
export const isUnreadType = ({ type }: Pick<Declared, "type">): boolean =>
  NAMESPACES.some((namespace) => type.startsWith(namespace)) && !(type in READ_FIELDS) && !HARMLESS.has(type);

/** Resources that no type of the judge covers, and that say something else about what is around an endpoint than before. */
export function listUnreadTypes(resources: readonly ResourceChange[], anchors: RelatedIdentifiers): UnjudgedPart[] {
  return resources
    .filter(
      (one) => isUnreadType(one) && isMeaningfullyChanged(one) && [one.before, one.after].some((side) => side && isRelated(side, anchors)),
    )
    .map(({ urn, type, name }) => ({
      urn,
      why: `${name} is a ${type}, of which nothing is read here, and it is joined to the private endpoint`,
    }));
}

/** Identifiers of an endpoint and of the resources around it: ids, names and URNs. */
export interface RelatedIdentifiers {
  readonly ids: ReadonlySet<string>;
  readonly urns: ReadonlySet<string>;
}

/** Properties by which what is around an endpoint names what else is around it; those of accounts and resource groups name nearly all. */
const NAMING: ReadonlySet<string> = new Set([
  ...["vpcId", "vpcEndpointId", "subnetId", "subnetIds", "subnetConfigurations", "securityGroupId", "securityGroupIds"],
  ...["networkAclId", "routeTableId", "routeTableIds", "networkInterfaceIds", "ingress", "prefixListId", "prefixListIds"],
  ...["subnet", "virtualNetworkName", "networkSecurityGroup", "networkSecurityGroupName", "privateEndpointName"],
]);

/** The anchors of resources that are around an endpoint: they, and what they name. `names` are further ids that their rules let in. */
export function collectIdentifiers(around: readonly Declared[], names: Iterable<string> = []): RelatedIdentifiers {
  const ids = new Set([...names].map((name) => name.toLowerCase()));
  const urns = new Set<string>();
  for (const { urn, id, inputs, outputs, origins } of around) {
    urns.add(urn);
    if (id !== undefined) addPath(ids, id);
    for (const [property, value] of [...Object.entries(outputs), ...Object.entries(inputs)])
      if (NAMING.has(property) && property !== "ingress") for (const text of collectTexts(value)) addPath(ids, text);
    for (const [property, from] of Object.entries(origins)) if (NAMING.has(property)) for (const origin of from) urns.add(origin);
  }
  return { ids, urns };
}

/** A path of Azure's stands for the network that it lies in, too. */
function addPath(ids: Set<string>, text: string): void {
  const path = text.toLowerCase();
  ids.add(path);
  const end = path.indexOf("/subnets/");
  if (path.startsWith("/") && end > 0) ids.add(path.slice(0, end));
}

export function isRelated({ urn, id, inputs, outputs, origins }: Declared, anchors: RelatedIdentifiers): boolean {
  const isNamed = (text: string) => anchors.ids.has(text.toLowerCase());
  return (
    anchors.urns.has(urn) ||
    (id !== undefined && isNamed(id)) ||
    [inputs, outputs].some((side) => collectTexts(side).some(isNamed)) ||
    Object.values(origins).some((urns) => urns.some((one) => anchors.urns.has(one)))
  );
}

/** All texts in a value that can be read, however deep. */
const collectTexts = (value: unknown): string[] => {
  if (typeof value === "string") return isUnreadable(value) ? [] : [value];
  return isProperties(value) || Array.isArray(value) ? Object.values(value).flatMap(collectTexts) : [];
};
