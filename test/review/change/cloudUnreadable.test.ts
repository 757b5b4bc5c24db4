import { toTypeToken, reviewStream, buildStream, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";
import { NEON_LINKS, READ_FIELDS } from "../../../review/change/clouds/readFields.js";
import { REDACTED, UNKNOWN } from "../../../provider/resources/shared/mergeInputs.js";

/** One resource of each type that is read, joined to the endpoint by ids; with every property that is read. */

const [VPC, SUBNET, GROUP, ACL, TABLE, ENDPOINT] = ["vpc-1", "subnet-1", "sg-1", "acl-1", "rtb-1", "vpce-0123456789abcdef0"];
const [inside, wider] = ["10.0.0.0/16", "10.0.0.0/8"];
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: '"x"' };
const POSTGRES = { fromPort: 5432, toPort: 5432 };
const of = (
  type: string,
  name: string,
  id: string,
  inputs: Record<string, unknown>,
  outputs?: Record<string, unknown>,
): WrittenResource => ({
  type,
  name,
  id,
  inputs,
  ...(outputs && { outputs }),
});
const project = (regionId: string) =>
  of(...([toTypeToken("Project"), "shop", "quiet-lake-12345678", { name: "shop", regionId, network: { allow: "nobody" } }] as const), {
    projectId: "quiet-lake-12345678",
    defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf",
  });

const aws: readonly WrittenResource[] = [
  project("aws-eu-central-1"),
  of(toTypeToken("PrivateEndpoint"), "assigned", `org-1/aws-eu-central-1/${ENDPOINT}`, {
    regionId: "aws-eu-central-1",
    vpcEndpointId: ENDPOINT,
  }),
  of(toTypeToken("VpcEndpointRestriction"), "restricted", `quiet-lake-12345678/${ENDPOINT}`, {
    projectId: "quiet-lake-12345678",
    vpcEndpointId: ENDPOINT,
  }),
  of("aws:ec2/vpcEndpoint:VpcEndpoint", "way", ENDPOINT, {
    vpcId: VPC,
    vpcEndpointType: "Interface",
    securityGroupIds: [GROUP],
    subnetIds: [SUBNET],
    subnetConfigurations: [{ subnetId: SUBNET }],
    privateDnsEnabled: true,
  }),
  of("aws:ec2/securityGroup:SecurityGroup", "group", GROUP, { ingress: [{ protocol: "tcp", ...POSTGRES, cidrBlocks: [inside] }] }),
  of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "ingress", "sgr-1", {
    securityGroupId: GROUP,
    ipProtocol: "tcp",
    ...POSTGRES,
    cidrIpv4: inside,
    cidrIpv6: "fd00::/64",
    referencedSecurityGroupId: "sg-7",
    prefixListId: "pl-1",
  }),
  of("aws:ec2/securityGroupRule:SecurityGroupRule", "rule", "sgrule-1", {
    securityGroupId: GROUP,
    type: "ingress",
    protocol: "tcp",
    ...POSTGRES,
    cidrBlocks: [inside],
    ipv6CidrBlocks: ["fd00::/64"],
    sourceSecurityGroupId: "sg-8",
    prefixListIds: ["pl-2"],
    self: false,
  }),
  of("aws:ec2/networkAcl:NetworkAcl", "acl", ACL, {
    subnetIds: [SUBNET],
    ingress: [{ ruleNo: 300, action: "allow", cidrBlock: wider, protocol: "tcp", ...POSTGRES }],
  }),
  of("aws:ec2/networkAclRule:NetworkAclRule", "aclRule", "nacl-1", {
    networkAclId: ACL,
    egress: false,
    ruleNumber: 200,
    ruleAction: "deny",
    protocol: "tcp",
    ...POSTGRES,
    cidrBlock: "192.168.0.0/16",
    ipv6CidrBlock: "fd01::/64",
  }),
  of("aws:ec2/networkAclAssociation:NetworkAclAssociation", "aclOfSubnet", "aclassoc-1", { networkAclId: ACL, subnetId: SUBNET }),
  of("aws:ec2/routeTable:RouteTable", "table", TABLE, { routes: [] }),
  of("aws:ec2/routeTableAssociation:RouteTableAssociation", "tableOfSubnet", "rtbassoc-1", { routeTableId: TABLE, subnetId: SUBNET }),
  of("aws:ec2/route:Route", "route", "r-1", {
    routeTableId: TABLE,
    destinationCidrBlock: inside,
    destinationIpv6CidrBlock: "fd02::/64",
    destinationPrefixListId: "pl-3",
  }),
  of("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "peering", "pcx-1", { vpcId: VPC, peerVpcId: "vpc-9" }),
  of("aws:vpc/endpointPrivateDns:EndpointPrivateDns", "dns", ENDPOINT, { vpcEndpointId: ENDPOINT, privateDnsEnabled: true }),
];

const [NSG, AZURE_SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/vnet/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const securityRule = (priority: number, sourceAddressPrefix: string, access: string) => ({
  priority,
  access,
  direction: "Inbound",
  protocol: "Tcp",
  sourceAddressPrefix,
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "5432",
});
const azure: readonly WrittenResource[] = [
  project("azure-gwc"),
  of(toTypeToken("PrivateEndpoint"), "assigned", `org-1/azure-gwc/${GUID}`, { regionId: "azure-gwc", azureResourceGuid: GUID }),
  of("azure-native:network:PrivateEndpoint", "way", "/s/0/pe/way", { subnet: { id: AZURE_SUBNET } }, { resourceGuid: GUID }),
  of("azure-native:network:Subnet", "db", AZURE_SUBNET, {
    virtualNetworkName: "net",
    networkSecurityGroup: { id: NSG },
    privateEndpointNetworkPolicies: "Enabled",
    routeTable: { id: "/s/0/rt/table" },
  }),
  of("azure-native:network:RouteTable", "table", "/s/0/rt/table", {
    routes: [{ addressPrefix: "192.168.0.0/16", nextHopType: "VirtualNetworkGateway" }],
  }),
  of("azure-native:network:Route", "route", "/s/0/rt/table/routes/r", {
    routeTableName: "table",
    addressPrefix: inside,
    nextHopType: "VirtualNetworkGateway",
  }),
  of("azure-native:network:NetworkSecurityGroup", "door", NSG, {
    resourceGroupName: "shop",
    securityRules: [securityRule(100, inside, "Allow"), securityRule(4000, "*", "Deny")],
  }),
  of("azure-native:network:SecurityRule", "apart", "/s/0/nsg/door/rules/apart", {
    ...securityRule(200, inside, "Allow"),
    networkSecurityGroupName: "door",
    resourceGroupName: "shop",
    sourceAddressPrefixes: [inside],
    sourceApplicationSecurityGroups: [{ id: "/s/0/asg/app" }],
    destinationPortRanges: ["5432"],
  }),
  of("azure-native:network:VirtualNetworkPeering", "peering", "/s/0/vnet/net/peerings/p", {
    virtualNetworkName: "net",
    remoteVirtualNetwork: { id: "/s/0/vnet/other" },
    remoteAddressSpace: { addressPrefixes: [inside] },
    peerAddressSpace: { addressPrefixes: [inside] },
  }),
  of("azure-native:network:PrivateDnsZoneGroup", "zones", "/s/0/pe/way/zones", { privateEndpointName: "way" }),
  of("azure-native:privatedns:VirtualNetworkLink", "link", "/s/0/zone/links/l", { virtualNetwork: { id: "/s/0/vnet/net" } }),
];

const NEON = Object.fromEntries(Object.entries(NEON_LINKS).map(([kind, links]) => [toTypeToken(kind), links]));
const stacks = [aws, azure];
const fields = stacks.flatMap((stack) =>
  stack.flatMap((one) => {
    const read = READ_FIELDS[one.type];
    const properties = [...(read?.links ?? NEON[one.type] ?? []), ...(read?.says ?? [])];
    return properties.filter((property) => property in one.inputs).map((property) => [one.name, property, one.type, stack] as const);
  }),
);
const secret = (value: unknown): unknown => ({ ...SECRET, value: JSON.stringify(value) });
const withField = (
  stack: readonly WrittenResource[],
  name: string,
  property: string,
  value: (was: unknown) => unknown,
): WrittenResource[] =>
  stack.map((one) => (one.name === name ? { ...one, inputs: { ...one.inputs, [property]: value(one.inputs[property]) } } : one));
const opened = (stack: readonly WrittenResource[]): WrittenResource[] => [
  ...stack,
  stack.some(({ name }) => name === "group")
    ? of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "opening", "", {
        securityGroupId: GROUP,
        ipProtocol: "tcp",
        ...POSTGRES,
        cidrIpv4: wider,
      })
    : of("azure-native:network:SecurityRule", "opening", "", {
        ...securityRule(300, wider, "Allow"),
        networkSecurityGroupName: "door",
        resourceGroupName: "shop",
      }),
];
const verdictOf = async (before: readonly WrittenResource[], after: readonly WrittenResource[]) =>
  (await reviewStream(buildStream(before, after))).verdict;
/** The whole value, a part of a list, and a part of each entry. */
const inParts = (unreadable: (was: unknown) => unknown) => [
  unreadable,
  (was: unknown) => (Array.isArray(was) ? [...(was as unknown[]), unreadable(was[0])] : unreadable(was)),
];

it("every property that is read is tried", () => {
  const tried = new Set(fields.map(([, property, type]) => `${type} ${property}`));
  const read = Object.entries(READ_FIELDS).flatMap(([type, { links, says }]) =>
    [...links, ...says].map((property) => `${type} ${property}`),
  );
  expect(read.filter((one) => !tried.has(one))).toEqual([]);
});

it.each(stacks.map((stack) => [stack[0]?.inputs["regionId"], stack] as const))("%s: nothing that changes is approved", async (_, stack) => {
  expect(await verdictOf(stack, stack)).toBe("approve");
});

it.each(fields)("%s.%s (%s) becomes unknown or secret: it is not approved", async (name, property, _, stack) => {
  for (const unreadable of [() => UNKNOWN, secret, () => REDACTED])
    for (const value of inParts(unreadable)) expect(await verdictOf(stack, withField(stack, name, property, value))).not.toBe("approve");
});

it.each(fields)("%s.%s (%s) is secret and a rule beside it opens: it is not approved", async (name, property, _, stack) => {
  for (const unreadable of [secret, () => REDACTED])
    for (const value of inParts(unreadable)) {
      const before = withField(stack, name, property, value);
      expect(await verdictOf(before, opened(before))).not.toBe("approve");
    }
});

it.each(fields)("%s.%s (%s) is the same secret, and a tag changes: it is approved", async (name, property, _, stack) => {
  const before = withField(stack, name, property, secret);
  const tagged = before.map((one) =>
    one.name === "group" || one.name === "door" ? { ...one, inputs: { ...one.inputs, tags: { a: "b" } } } : one,
  );
  expect(await verdictOf(before, tagged)).toBe("approve");
});
