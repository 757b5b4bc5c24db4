import { MAY_OPEN } from "../../../review/change/clouds/opens.js";
import { READ_FIELDS } from "../../../review/change/clouds/readFields.js";
import { UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";
import { toTypeToken, reviewStream, buildStream, type WrittenResource, buildResource } from "../../../tools/corpus/writtenChanges.js";

/**
 * Every type of the clouds' networks that is read, and those that join: by a literal id that the stack does not declare, by a reference to something of
 * another network of the stack, and unknown; opening and closing; beside an endpoint of the stack, one that only Neon's half names, and none.
 */

const [AWS_ID, GUID] = ["vpce-0123456789abcdef0", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const half = (regionId: string, inputs: Record<string, unknown>): WrittenResource[] => [
  buildResource(
    toTypeToken("Project"),
    "shop",
    "quiet-lake-12345678",
    { name: "shop", regionId, network: { allow: "nobody" } },
    { outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" } },
  ),
  buildResource(toTypeToken("PrivateEndpoint"), "assigned", `org-1/${regionId}/way`, { regionId, ...inputs }),
];

/** Another network of the stack, which the endpoint does not lie in, and what is in it. */
const awsElsewhere: WrittenResource[] = [
  buildResource("aws:ec2/vpc:Vpc", "vpc9", "vpc-9", { cidrBlock: "10.9.0.0/16" }),
  buildResource("aws:ec2/vpc:Vpc", "vpc8", "vpc-8", { cidrBlock: "10.8.0.0/16" }),
  buildResource("aws:ec2/subnet:Subnet", "subnet9", "subnet-9", { vpcId: "vpc-9" }),
  buildResource("aws:ec2/securityGroup:SecurityGroup", "group9", "sg-9", { vpcId: "vpc-9" }),
  buildResource("aws:ec2/networkAcl:NetworkAcl", "acl9", "acl-9", { vpcId: "vpc-9", subnetIds: ["subnet-9"] }),
  buildResource("aws:ec2/routeTable:RouteTable", "table9", "rtb-9", { vpcId: "vpc-9", routes: [] }),
  buildResource("aws:ec2/networkInterface:NetworkInterface", "interface9", "eni-9", { subnetId: "subnet-9" }),
  buildResource("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "peering9", "pcx-9", { vpcId: "vpc-9", peerVpcId: "vpc-8" }),
  buildResource("aws:ec2/vpcEndpoint:VpcEndpoint", "other", "vpce-0999999999abcdef0", {
    vpcId: "vpc-9",
    vpcEndpointType: "Interface",
    serviceName: "com.amazonaws.eu-central-1.s3",
    securityGroupIds: ["sg-9"],
  }),
];
const azureElsewhere: WrittenResource[] = [
  buildResource("azure-native:network:VirtualNetwork", "net9", "/s/0/virtualNetworks/net9", { virtualNetworkName: "net9" }),
  buildResource("azure-native:network:Subnet", "db9", "/s/0/virtualNetworks/net9/subnets/db9", { virtualNetworkName: "net9" }),
  buildResource("azure-native:network:NetworkSecurityGroup", "door9", "/s/0/nsg/door9", { resourceGroupName: "shop", securityRules: [] }),
  buildResource("azure-native:network:RouteTable", "table9", "/s/0/rt/table9", { resourceGroupName: "shop", routes: [] }),
  buildResource("azure-native:network:PrivateEndpoint", "other", "/s/0/pe/other", {
    subnet: { id: "/s/0/virtualNetworks/net9/subnets/db9" },
    privateLinkServiceConnections: [{ privateLinkServiceId: "/s/0/storage" }],
  }),
];
const ways = {
  aws: [
    buildResource("aws:ec2/vpcEndpoint:VpcEndpoint", "way", AWS_ID, {
      vpcId: "vpc-1",
      vpcEndpointType: "Interface",
      securityGroupIds: ["sg-1"],
      subnetIds: ["subnet-1"],
    }),
    buildResource("aws:ec2/securityGroup:SecurityGroup", "group", "sg-1", { vpcId: "vpc-1", ingress: [] }),
  ],
  azure: [
    buildResource(
      "azure-native:network:PrivateEndpoint",
      "way",
      "/s/0/pe/way",
      { subnet: { id: "/s/0/virtualNetworks/net/subnets/db" } },
      { outputs: { resourceGuid: GUID } },
    ),
    buildResource("azure-native:network:Subnet", "db", "/s/0/virtualNetworks/net/subnets/db", {
      virtualNetworkName: "net",
      networkSecurityGroup: { id: "/s/0/nsg/door" },
      privateEndpointNetworkPolicies: "Enabled",
    }),
    buildResource("azure-native:network:NetworkSecurityGroup", "door", "/s/0/nsg/door", { securityRules: [] }),
  ],
};
const halves = {
  aws: half("aws-eu-central-1", { vpcEndpointId: AWS_ID }),
  azure: half("azure-gwc", { azureResourceGuid: GUID }),
};
const elsewhere = { aws: awsElsewhere, azure: azureElsewhere };
type Cloud = keyof typeof ways;

interface Kind {
  readonly type: string;
  readonly cloud: Cloud;
  /** The words that join it: of the stack's other network, and of something that the stack does not declare. */
  readonly joins?: { readonly elsewhere: Record<string, unknown>; readonly literal: Record<string, unknown> };
  readonly open: Record<string, unknown>;
  readonly shut?: Record<string, unknown>;
  /** Where the endpoint has all of its kind, a name that is not among them is of something else. */
  readonly isApart?: true;
  /** Something else takes the place of one that goes, and nobody can tell what that lets in. */
  readonly leavesOther?: true;
}

const tcp = (cidr: string) => ({ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [cidr] });
const ports = { fromPort: 5432, toPort: 5432 };
const nsgRule = (access: string, sourceAddressPrefix: string) => ({
  priority: 100,
  access,
  direction: "Inbound",
  protocol: "Tcp",
  sourceAddressPrefix,
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "5432",
});
const [half9, wide] = ["10.0.0.0/17", "10.0.0.0/8"];
const by = (property: string, own: unknown, literal: unknown) => ({ elsewhere: { [property]: own }, literal: { [property]: literal } });

const kinds: readonly Kind[] = [
  {
    type: "aws:ec2/securityGroup:SecurityGroup",
    cloud: "aws",
    open: { ingress: [tcp(wide)] },
    shut: { ingress: [tcp(half9)] },
    isApart: true,
  },
  {
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    cloud: "aws",
    isApart: true,
    joins: by("securityGroupId", "sg-9", "sg-77"),
    open: { ipProtocol: "tcp", ...ports, cidrIpv4: wide },
    shut: { ipProtocol: "tcp", ...ports, cidrIpv4: half9 },
  },
  {
    type: "aws:ec2/securityGroupRule:SecurityGroupRule",
    cloud: "aws",
    isApart: true,
    joins: by("securityGroupId", "sg-9", "sg-77"),
    open: { type: "ingress", ...tcp(wide) },
    shut: { type: "ingress", ...tcp(half9) },
  },
  {
    type: "aws:ec2/networkAcl:NetworkAcl",
    cloud: "aws",
    joins: by("subnetIds", ["subnet-9"], ["subnet-77"]),
    isApart: true,
    open: { ingress: [{ ruleNo: 100, action: "allow", cidrBlock: wide, protocol: "-1" }] },
    shut: { ingress: [{ ruleNo: 100, action: "allow", cidrBlock: half9, protocol: "-1" }] },
  },
  {
    type: "aws:ec2/networkAclRule:NetworkAclRule",
    cloud: "aws",
    joins: by("networkAclId", "acl-9", "acl-77"),
    open: { egress: false, ruleNumber: 100, ruleAction: "allow", cidrBlock: wide, protocol: "-1" },
    shut: { egress: false, ruleNumber: 100, ruleAction: "deny", cidrBlock: wide, protocol: "-1" },
  },
  {
    type: "aws:ec2/networkAclAssociation:NetworkAclAssociation",
    cloud: "aws",
    isApart: true,
    leavesOther: true,
    joins: {
      elsewhere: { networkAclId: "acl-9", subnetId: "subnet-9" },
      literal: { networkAclId: "acl-9", subnetId: "subnet-77" },
    },
    open: {},
  },
  {
    type: "aws:ec2/routeTable:RouteTable",
    cloud: "aws",
    isApart: true,
    open: { routes: [{ cidrBlock: wide, transitGatewayId: "tgw-1" }] },
    shut: { routes: [] },
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    cloud: "aws",
    isApart: true,
    leavesOther: true,
    joins: {
      elsewhere: { routeTableId: "rtb-9", subnetId: "subnet-9" },
      literal: { routeTableId: "rtb-9", subnetId: "subnet-77" },
    },
    open: {},
  },
  {
    type: "aws:ec2/route:Route",
    cloud: "aws",
    joins: by("routeTableId", "rtb-9", "rtb-77"),
    open: { destinationCidrBlock: wide, transitGatewayId: "tgw-1" },
  },
  {
    type: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    cloud: "aws",
    isApart: true,
    joins: { elsewhere: { vpcId: "vpc-9", peerVpcId: "vpc-8" }, literal: { vpcId: "vpc-9", peerVpcId: "vpc-77" } },
    open: {},
  },
  {
    type: "aws:vpc/endpointPrivateDns:EndpointPrivateDns",
    cloud: "aws",
    isApart: true,
    joins: by("vpcEndpointId", "vpce-0999999999abcdef0", "vpce-0777777777abcdef0"),
    open: { privateDnsEnabled: false },
    shut: { privateDnsEnabled: true },
  },
  {
    type: "azure-native:network:NetworkSecurityGroup",
    cloud: "azure",
    shut: { securityRules: [nsgRule("Deny", "*")] },
    open: { securityRules: [nsgRule("Allow", wide)] },
    isApart: true,
  },
  {
    type: "azure-native:network:SecurityRule",
    cloud: "azure",
    joins: by("networkSecurityGroupName", "door9", "door77"),
    isApart: true,
    open: nsgRule("Allow", wide),
    shut: nsgRule("Deny", wide),
  },
  {
    type: "azure-native:network:Subnet",
    cloud: "azure",
    isApart: true,
    joins: by("virtualNetworkName", "net9", "net77"),
    open: { privateEndpointNetworkPolicies: "Disabled" },
    shut: { privateEndpointNetworkPolicies: "Enabled" },
  },
  {
    type: "azure-native:network:RouteTable",
    cloud: "azure",
    isApart: true,
    open: { routes: [{ addressPrefix: wide, nextHopType: "VirtualNetworkGateway" }] },
    shut: { routes: [] },
  },
  {
    type: "azure-native:network:Route",
    cloud: "azure",
    joins: by("routeTableName", "table9", "table77"),
    isApart: true,
    open: { addressPrefix: wide, nextHopType: "VirtualNetworkGateway" },
  },
  {
    type: "azure-native:network:VirtualNetworkPeering",
    cloud: "azure",
    isApart: true,
    joins: {
      elsewhere: { virtualNetworkName: "net9", remoteVirtualNetwork: { id: "/s/0/virtualNetworks/net8" } },
      literal: { virtualNetworkName: "net77", remoteVirtualNetwork: { id: "/s/0/virtualNetworks/net8" } },
    },
    open: {},
  },
  {
    type: "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment",
    cloud: "aws",
    joins: {
      elsewhere: { networkInterfaceId: "eni-9", securityGroupId: "sg-9" },
      literal: { networkInterfaceId: "eni-77", securityGroupId: "sg-9" },
    },
    open: {},
  },
  {
    type: "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
    cloud: "aws",
    joins: by("vpcPeeringConnectionId", "pcx-9", "pcx-77"),
    open: { autoAccept: true },
  },
  {
    type: "aws:ec2/defaultRouteTable:DefaultRouteTable",
    cloud: "aws",
    leavesOther: true,
    joins: by("defaultRouteTableId", "rtb-9", "rtb-77"),
    open: { routes: [{ cidrBlock: wide, gatewayId: "igw-1" }] },
  },
  {
    type: "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    cloud: "aws",
    leavesOther: true,
    joins: by("defaultNetworkAclId", "acl-9", "acl-77"),
    open: { ingress: [] },
  },
  {
    type: "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation",
    cloud: "aws",
    joins: { elsewhere: { routeTableId: "rtb-9" }, literal: { routeTableId: "rtb-77" } },
    open: {},
  },
];

/** Judged as what they are: endpoints by what is around them, names by what goes. */
const APART = [
  ...["aws:ec2/vpcEndpoint:VpcEndpoint", "azure-native:network:PrivateEndpoint"],
  ...["azure-native:network:PrivateDnsZoneGroup", "azure-native:privatedns:VirtualNetworkLink"],
];

it("every type that is read says what opens it, and is tried", () => {
  expect(Object.keys(MAY_OPEN).sort()).toEqual(Object.keys(READ_FIELDS).sort());
  const tried = new Set([...kinds.map(({ type }) => type), ...APART]);
  expect(Object.keys(READ_FIELDS).filter((type) => !tried.has(type))).toEqual([]);
});

const made = (kind: Kind, joins: Record<string, unknown>, says: Record<string, unknown> | undefined): WrittenResource[] =>
  says === undefined ? [] : [buildResource(kind.type, "one", "one-1", { ...joins, ...says })];
const verdictOf = async (before: readonly WrittenResource[], after: readonly WrittenResource[]) => {
  const { verdict, unjudged } = await reviewStream(buildStream(before, after));
  return { verdict, why: unjudged.map(({ why }) => why).join("; ") };
};
const stackOf = (kind: Kind, beside: "a way" | "an unseen way" | "nothing") => [
  ...elsewhere[kind.cloud],
  ...(beside === "nothing" ? [] : halves[kind.cloud]),
  ...(beside === "a way" ? ways[kind.cloud] : []),
];
const change = (kind: Kind, beside: Parameters<typeof stackOf>[1], joins: Record<string, unknown>, way: "open" | "close") => {
  const stack = stackOf(kind, beside);
  const [shut, open] = [made(kind, joins, kind.shut), made(kind, joins, kind.open)];
  return way === "open" ? verdictOf([...stack, ...shut], [...stack, ...open]) : verdictOf([...stack, ...open], [...stack, ...shut]);
};
const joinsOf = ({ joins }: Kind, how: "elsewhere" | "literal"): Record<string, unknown> => joins?.[how] ?? {};
const unknown = (kind: Kind): Record<string, unknown> =>
  Object.fromEntries(Object.keys(joinsOf(kind, "literal")).map((property) => [property, UNKNOWN]));
const named = kinds.map((kind) => [kind.type, kind] as const);

it.each(named)("%s of another network of the stack: opened and closed it is approved", async (_, kind) => {
  for (const way of ["open", "close"] as const)
    expect(await change(kind, "a way", joinsOf(kind, "elsewhere"), way)).toEqual({ verdict: "approve", why: "" });
});

it.each(named)(
  "%s by a literal id that the stack does not declare: opened it is judged where it is surely another's only",
  async (_, kind) => {
    const { verdict, why } = await change(kind, "a way", joinsOf(kind, "literal"), "open");
    expect(verdict === "approve").toBe(kind.isApart === true);
    if (kind.isApart !== true) expect(why).toMatch(/may be about the private endpoint way: .*the stack does not declare that\. Declare/);
  },
);

it.each(named.filter(([, { joins }]) => joins !== undefined))(
  "%s by an id that is not known: opened it is not approved",
  async (_, kind) => {
    expect((await change(kind, "a way", unknown(kind), "open")).verdict).not.toBe("approve");
  },
);

it.each(named)(
  "%s where Neon's half names an endpoint that the stack does not declare: opened it is not approved, closed it is",
  async (_, kind) => {
    const isOfOther = kind.type === "aws:vpc/endpointPrivateDns:EndpointPrivateDns";
    for (const how of ["elsewhere", "literal"] as const) {
      const opened = await change(kind, "an unseen way", joinsOf(kind, how), "open");
      // What is about another endpoint that the stack declares is about that one.
      expect(opened.verdict === "approve").toBe(isOfOther && how === "elsewhere");
      const closed = await change(kind, "an unseen way", joinsOf(kind, how), "close");
      expect(closed.verdict).toBe(kind.leavesOther === true ? "needsReview" : "approve");
    }
  },
);

it.each(named)("%s in a stack that has nothing of Neon's: whatever it does is approved", async (_, kind) => {
  for (const how of ["elsewhere", "literal"] as const)
    for (const way of ["open", "close"] as const) expect((await change(kind, "nothing", joinsOf(kind, how), way)).verdict).toBe("approve");
});
