import { isUnreadable } from "../../../provider/introspection.js";
import type { Declared, ResourceChange } from "../change.js";
import { listAclRules, listGroupSources } from "./aws.js";
import { listAzureRules, DEFAULT_RULE, getId } from "./azure.js";
import { hasEndpointGuard } from "./endpointNetwork.js";
import { computeAdmitted, NO_SOURCES, type NumberedRule, type Sources } from "./privatePath.js";
import { ROUTE_TARGETS, listRoutes } from "./routes.js";
import { isSurelySame, isMeaningfullyChanged, findUnreadableField } from "./readFields.js";

/** Whether a resource of a type that is read may let more in to some endpoint, or lead away from it, by itself: whichever endpoint that may be. */

type MayOpen = (before: Declared | undefined, after: Declared | undefined) => boolean;

const opensWhenThere: MayOpen = (_, after) => after !== undefined;
const opensWhenGone: MayOpen = (before, after) => before !== undefined && after === undefined;
const opensAlways: MayOpen = () => true;
const opensNever: MayOpen = () => false;

const isWider = (before: Sources, after: Sources): boolean =>
  after.unclear || !after.addresses.subtract(before.addresses).isEmpty || [...after.named].some((name) => !before.named.has(name));

const opensWhenWider =
  (read: (one: Declared) => Sources): MayOpen =>
  (before, after) =>
    isWider(before ? read(before) : NO_SOURCES, after ? read(after) : NO_SOURCES);

/** A list that is gone over in order: an allow that comes or grows, or a deny that goes or shrinks. */
const opensWhenAdmits =
  (read: (one: Declared) => NumberedRule[], rest: readonly NumberedRule[] = []): MayOpen =>
  (before, after) => {
    const unread = after !== undefined && findUnreadableField(after) !== undefined;
    // Without a list of its own a subnet has one that lets everything in.
    if (after === undefined) return true;
    const admitted = (one: Declared) => computeAdmitted([...read(one), ...rest]);
    return unread || isWider(before ? admitted(before) : NO_SOURCES, admitted(after));
  };

/** One rule of such a list. */
const opensWhenRuleAdmits =
  (read: (one: Declared) => NumberedRule[]): MayOpen =>
  (before, after) => {
    if ([before, after].some((one) => one !== undefined && findUnreadableField(one) !== undefined)) return true;
    const [had, has] = [before && read(before)[0], after && read(after)[0]];
    const isMoved = had !== undefined && has !== undefined && Number(had.number) !== Number(has.number);
    const allowed = (rule: NumberedRule | undefined) => (rule?.allows === true ? rule.sources : NO_SOURCES);
    const denied = (rule: NumberedRule | undefined) => (rule?.allows === false ? rule.sources : NO_SOURCES);
    return (
      (isMoved && (has.allows !== false || had.allows !== true)) ||
      isWider(allowed(had), allowed(has)) ||
      isWider(denied(has), denied(had)) ||
      (had?.isWhole === true && had.allows === false && has?.isWhole !== true)
    );
  };

const opensWhenRouted: MayOpen = (before, after) => {
  if (after === undefined) return false;
  if (findUnreadableField(after) !== undefined || ROUTE_TARGETS.some((property) => isUnreadable(after.inputs[property]))) return true;
  const known = before ? listRoutes(before) : [];
  return listRoutes(after).some(({ target, to }) => {
    const had = known.filter((other) => other.target === target).map((other) => other.to);
    return isWider(
      had.reduce(
        (sum, one) => ({ ...sum, addresses: sum.addresses.union(one.addresses), named: new Set([...sum.named, ...one.named]) }),
        NO_SOURCES,
      ),
      to,
    );
  });
};

/** What a subnet says of endpoints: its group, whether that holds, and its routes. */
const opensWhenUnguarded: MayOpen = (before, after) => {
  if (before === undefined || after === undefined) return false;
  const changes = (property: string) => !isSurelySame(before.inputs[property], after.inputs[property]);
  const losesGuard = hasEndpointGuard(before) && !hasEndpointGuard(after);
  const isFirst = getId(before.inputs["networkSecurityGroup"]) === undefined;
  return losesGuard || (changes("networkSecurityGroup") && !isFirst) || (changes("routeTable") && after.inputs["routeTable"] !== undefined);
};

const opensWhenNameGoes: MayOpen = (before, after) =>
  before !== undefined &&
  before.inputs["privateDnsEnabled"] !== false &&
  (after === undefined || after.inputs["privateDnsEnabled"] !== true);

/** One word for each type that is read. */
export const MAY_OPEN: Readonly<Record<string, MayOpen>> = {
  // Endpoints themselves are judged as what they are.
  "aws:ec2/vpcEndpoint:VpcEndpoint": opensNever,
  "aws:ec2/securityGroup:SecurityGroup": opensWhenWider(listGroupSources),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": opensWhenWider(listGroupSources),
  "aws:ec2/securityGroupRule:SecurityGroupRule": opensWhenWider(listGroupSources),
  "aws:ec2/networkAcl:NetworkAcl": opensWhenAdmits(listAclRules),
  "aws:ec2/networkAclRule:NetworkAclRule": opensWhenRuleAdmits(listAclRules),
  "aws:ec2/networkAclAssociation:NetworkAclAssociation": opensAlways,
  "aws:ec2/routeTable:RouteTable": opensWhenRouted,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": opensAlways,
  "aws:ec2/route:Route": opensWhenRouted,
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": opensWhenThere,
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": opensWhenNameGoes,
  "azure-native:network:PrivateEndpoint": opensNever,
  "azure-native:network:Subnet": opensWhenUnguarded,
  "azure-native:network:NetworkSecurityGroup": opensWhenAdmits(listAzureRules, [DEFAULT_RULE]),
  "azure-native:network:SecurityRule": opensWhenRuleAdmits(listAzureRules),
  "azure-native:network:RouteTable": opensWhenRouted,
  "azure-native:network:Route": opensWhenRouted,
  "azure-native:network:VirtualNetworkPeering": opensWhenThere,
  "azure-native:network:PrivateDnsZoneGroup": opensWhenGone,
  "azure-native:privatedns:VirtualNetworkLink": opensWhenGone,
};

/** Of a type that is not read whatever it says anew may open, but for networks and what holds others apart, which open nothing by being made. */
export function mayOpen(change: ResourceChange): boolean {
  if (!isMeaningfullyChanged(change)) return false;
  const { type, op, before, after } = change;
  const judge = MAY_OPEN[type];
  // A replaced one is another object, which has nothing of what was before.
  if (judge !== undefined) return judge(before, after) || (op === "replace" && judge(undefined, after));
  return after === undefined ? !GRANTS.has(type) : before !== undefined || !CONTAINERS.has(type);
}

/** Types that let in by being there, and let nobody in by being gone. */
const GRANTS: ReadonlySet<string> = new Set([
  ...["aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"],
  ...["aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions"],
  ...["aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"],
  ...["aws:ec2transitgateway/vpcAttachment:VpcAttachment", "aws:ec2transitgateway/route:Route"],
]);

/** Types that hold nothing when they are made. */
const CONTAINERS: ReadonlySet<string> = new Set(["aws:ec2/vpc:Vpc", "azure-native:network:VirtualNetwork"]);
