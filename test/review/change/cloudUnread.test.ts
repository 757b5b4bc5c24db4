import { toTypeToken, reviewStream, buildStream, type WrittenResource, buildResource } from "../../../tools/corpus/writtenChanges.js";

/** Types of the clouds' networks that are not read: joined to the endpoint, they are said not to be judged. */

const [VPC, SUBNET, GROUP, ENDPOINT] = ["vpc-1", "subnet-1", "sg-1", "vpce-0123456789abcdef0"];
const neon = (regionId: string, inputs: Record<string, unknown>): WrittenResource[] => [
  buildResource(
    toTypeToken("Project"),
    "shop",
    "quiet-lake-12345678",
    { name: "shop", regionId, network: { allow: "nobody" } },
    {
      outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" },
    },
  ),
  buildResource(toTypeToken("PrivateEndpoint"), "assigned", `org-1/${regionId}/way`, { regionId, ...inputs }),
];
const aws: WrittenResource[] = [
  ...neon("aws-eu-central-1", { vpcEndpointId: ENDPOINT }),
  buildResource("aws:ec2/vpcEndpoint:VpcEndpoint", "way", ENDPOINT, { vpcId: VPC, securityGroupIds: [GROUP], subnetIds: [SUBNET] }),
  buildResource("aws:ec2/securityGroup:SecurityGroup", "group", GROUP, {
    ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, prefixListIds: ["pl-1"] }],
  }),
];
const [NSG, AZURE_SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/vnet/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const azure: WrittenResource[] = [
  ...neon("azure-gwc", { azureResourceGuid: GUID }),
  buildResource(
    "azure-native:network:PrivateEndpoint",
    "way",
    "/s/0/pe/way",
    { subnet: { id: AZURE_SUBNET }, resourceGroupName: "shop" },
    {
      outputs: { resourceGuid: GUID },
    },
  ),
  buildResource("azure-native:network:Subnet", "db", AZURE_SUBNET, {
    virtualNetworkName: "net",
    networkSecurityGroup: { id: NSG },
    resourceGroupName: "shop",
  }),
  buildResource("azure-native:network:NetworkSecurityGroup", "door", NSG, { securityRules: [] }),
];
/** What the endpoint is of in a stack of aws-native, where only Neon's half tells that it is one. */
const native: WrittenResource[] = [
  ...neon("aws-eu-central-1", { vpcEndpointId: ENDPOINT }),
  buildResource("aws-native:ec2:VpcEndpoint", "way", ENDPOINT, { vpcId: VPC, securityGroupIds: [GROUP] }),
];

const unread: [type: string, stack: WrittenResource[], inputs: Record<string, unknown>][] = [
  ["aws:ec2/securityGroupAssociation:SecurityGroupAssociation", aws, { vpcEndpointId: ENDPOINT, securityGroupId: "sg-9" }],
  ["aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", aws, { vpcEndpointId: ENDPOINT, policy: "{}" }],
  ["aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation", aws, { vpcEndpointId: ENDPOINT, subnetId: "subnet-9" }],
  ["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", aws, { vpcId: VPC, ingress: [] }],
  ["aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", aws, { defaultNetworkAclId: "acl-d", subnetIds: [SUBNET] }],
  ["aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", aws, { prefixListId: "pl-1", cidr: "0.0.0.0/0" }],
  ["aws:ec2transitgateway/vpcAttachment:VpcAttachment", aws, { vpcId: VPC, subnetIds: [SUBNET], transitGatewayId: "tgw-1" }],
  ["aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation", aws, { vpcId: VPC, routeTableId: "rtb-9" }],
  ["aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", aws, { vpcId: VPC, cidrBlock: "100.64.0.0/10" }],
  ["azure-native:network:VirtualNetwork", azure, { virtualNetworkName: "net", subnets: [] }],
  ["azure-native:network:HubVirtualNetworkConnection", azure, { remoteVirtualNetwork: { id: "/s/0/VNET/net" } }],
  ["azure-native:network/v20240301:HubVirtualNetworkConnection", azure, { remoteVirtualNetwork: { id: "/s/0/vnet/net" } }],
  ["aws-native:ec2:SecurityGroupIngress", native, { groupId: GROUP, cidrIp: "0.0.0.0/0" }],
];
const judged = async (before: readonly WrittenResource[], after: readonly WrittenResource[]) => {
  const { verdict, unjudged } = await reviewStream(buildStream(before, after));
  return [verdict, unjudged.some(({ why }) => why.includes("of which nothing is read here"))];
};

it.each(unread)("a %s is created, changed or deleted beside the endpoint: it is not judged", async (type, stack, inputs) => {
  const [made, other] = [
    buildResource(type, "more", "more-1", inputs),
    buildResource(type, "more", "more-1", { ...inputs, further: true }),
  ];
  for (const [before, after] of [
    [[], [made]],
    [[made], [other]],
    [[made], []],
  ] as const)
    expect(await judged([...stack, ...before], [...stack, ...after])).toEqual(["needsReview", true]);
});

it.each(unread)("a %s gets a tag beside the endpoint: it is approved", async (type, stack, inputs) => {
  const [made, tagged] = [
    buildResource(type, "more", "more-1", inputs),
    buildResource(type, "more", "more-1", { ...inputs, tags: { team: "shop" } }),
  ];
  expect(await judged([...stack, made], [...stack, tagged])).toEqual(["approve", false]);
});

it.each([
  ["aws:ec2/flowLog:FlowLog", aws, { vpcId: VPC }],
  ["aws:ec2/subnet:Subnet", aws, { vpcId: VPC, cidrBlock: "10.0.9.0/24" }],
  ["aws:ec2/internetGateway:InternetGateway", aws, { vpcId: VPC }],
  ["aws:ec2/eip:Eip", aws, { domain: "vpc" }],
  ["aws:ec2transitgateway/vpcAttachment:VpcAttachment", aws, { vpcId: "vpc-9", subnetIds: ["subnet-9"] }],
  ["azure-native:network:PublicIPAddress", azure, { resourceGroupName: "shop" }],
])("a %s that concerns no endpoint is approved", async (type, stack, inputs) => {
  // Its provider is known already.
  const known = buildResource(type, "other", "other-1", { further: "elsewhere" });
  expect(await judged([...stack, known], [...stack, known, buildResource(type, "more", "", inputs)])).toEqual(["approve", false]);
});

it("types with the API version in their token are read as those without", async () => {
  const versioned = (stack: readonly WrittenResource[]) =>
    stack.map((one) => ({ ...one, type: one.type.replace("azure-native:network:", "azure-native:network/v20240301:") }));
  const rule = { priority: 100, access: "Allow", direction: "Inbound", protocol: "*", sourceAddressPrefix: "*", destinationPortRange: "*" };
  const opened = azure.map((one) => (one.name === "door" ? { ...one, inputs: { securityRules: [rule] } } : one));
  const { findings } = await reviewStream(buildStream(versioned(azure), versioned(opened)));
  expect(findings.map((one) => one.rule)).toEqual(["private-path-widened"]);
});
