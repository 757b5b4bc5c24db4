import { isUnreadable } from "../../../provider/resources/settled.js";
import type { Declared, ResourceChange } from "../model.js";
import { aclRules, groupSources } from "./aws.js";
import { azureRules, DEFAULT_RULE, idIn } from "./azure.js";
import { guardsEndpoints } from "./networks.js";
import { admittedInOrder, NO_SOURCES, type NumberedRule, type Sources } from "./path.js";
import { ROUTE_TARGETS, routesIn } from "./routes.js";
import { isSurelySame, saysAnew, unreadIn } from "./unclear.js";

/** Whether a resource of a type that is read may let more in to some endpoint, or lead away from it, by itself: whichever endpoint that may be. */

type MayOpen = (before: Declared | undefined, after: Declared | undefined) => boolean;

const whenThere: MayOpen = (_, after) => after !== undefined;
const whenGone: MayOpen = (before, after) => before !== undefined && after === undefined;
const always: MayOpen = () => true;
const never: MayOpen = () => false;

const isWider = (before: Sources, after: Sources): boolean =>
  after.unclear || !after.addresses.minus(before.addresses).isEmpty || [...after.named].some((name) => !before.named.has(name));

const whenWider =
  (read: (one: Declared) => Sources): MayOpen =>
  (before, after) =>
    isWider(before ? read(before) : NO_SOURCES, after ? read(after) : NO_SOURCES);

/** A list that is gone over in order: an allow that comes or grows, or a deny that goes or shrinks. */
const whenAdmits =
  (read: (one: Declared) => NumberedRule[], rest: readonly NumberedRule[] = []): MayOpen =>
  (before, after) => {
    const unread = after !== undefined && unreadIn(after) !== undefined;
    // Without a list of its own a subnet has one that lets everything in.
    if (after === undefined) return true;
    const admitted = (one: Declared) => admittedInOrder([...read(one), ...rest]);
    return unread || isWider(before ? admitted(before) : NO_SOURCES, admitted(after));
  };

/** One rule of such a list. */
const whenRuleAdmits =
  (read: (one: Declared) => NumberedRule[]): MayOpen =>
  (before, after) => {
    if ([before, after].some((one) => one !== undefined && unreadIn(one) !== undefined)) return true;
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

const whenRouted: MayOpen = (before, after) => {
  if (after === undefined) return false;
  if (unreadIn(after) !== undefined || ROUTE_TARGETS.some((property) => isUnreadable(after.inputs[property]))) return true;
  const known = before ? routesIn(before) : [];
  return routesIn(after).some(({ target, to }) => {
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
const whenUnguarded: MayOpen = (before, after) => {
  if (before === undefined || after === undefined) return false;
  const changes = (property: string) => !isSurelySame(before.inputs[property], after.inputs[property]);
  const losesGuard = guardsEndpoints(before) && !guardsEndpoints(after);
  const isFirst = idIn(before.inputs["networkSecurityGroup"]) === undefined;
  return losesGuard || (changes("networkSecurityGroup") && !isFirst) || (changes("routeTable") && after.inputs["routeTable"] !== undefined);
};

const whenNameGoes: MayOpen = (before, after) =>
  before !== undefined &&
  before.inputs["privateDnsEnabled"] !== false &&
  (after === undefined || after.inputs["privateDnsEnabled"] !== true);

/** One word for each type that is read. */
export const MAY_OPEN: Readonly<Record<string, MayOpen>> = {
  // Endpoints themselves are judged as what they are.
  "aws:ec2/vpcEndpoint:VpcEndpoint": never,
  "aws:ec2/securityGroup:SecurityGroup": whenWider(groupSources),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": whenWider(groupSources),
  "aws:ec2/securityGroupRule:SecurityGroupRule": whenWider(groupSources),
  "aws:ec2/networkAcl:NetworkAcl": whenAdmits(aclRules),
  "aws:ec2/networkAclRule:NetworkAclRule": whenRuleAdmits(aclRules),
  "aws:ec2/networkAclAssociation:NetworkAclAssociation": always,
  "aws:ec2/routeTable:RouteTable": whenRouted,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": always,
  "aws:ec2/route:Route": whenRouted,
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": whenThere,
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": whenNameGoes,
  "azure-native:network:PrivateEndpoint": never,
  "azure-native:network:Subnet": whenUnguarded,
  "azure-native:network:NetworkSecurityGroup": whenAdmits(azureRules, [DEFAULT_RULE]),
  "azure-native:network:SecurityRule": whenRuleAdmits(azureRules),
  "azure-native:network:RouteTable": whenRouted,
  "azure-native:network:Route": whenRouted,
  "azure-native:network:VirtualNetworkPeering": whenThere,
  "azure-native:network:PrivateDnsZoneGroup": whenGone,
  "azure-native:privatedns:VirtualNetworkLink": whenGone,
};

/** Of a type that is not read whatever it says anew may open, but for networks and what holds others apart, which open nothing by being made. */
export function mayOpen(change: ResourceChange): boolean {
  if (!saysAnew(change)) return false;
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
