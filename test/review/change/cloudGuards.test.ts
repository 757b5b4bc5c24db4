import { reviewStream, buildStream, toTypeToken, type WrittenResource } from "../../../tools/corpus/writtenChanges.js";

/** Guards that go, come or are another's; and rules that deny a part only. */

const [NSG, SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/vnet/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const [inside, wider] = ["10.0.0.0/16", "10.0.0.0/8"];
const of = (
  type: string,
  name: string,
  id: string,
  inputs: Record<string, unknown>,
  outputs: Record<string, unknown> = {},
): WrittenResource => ({
  type,
  name,
  id,
  inputs,
  outputs,
});
const project = (regionId: string) =>
  of(
    toTypeToken("Project"),
    "shop",
    "quiet-lake-12345678",
    { name: "shop", regionId, network: { allow: "nobody" } },
    {
      projectId: "quiet-lake-12345678",
      defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf",
    },
  );
const rule = (priority: number, access: string, sourceAddressPrefix: string | undefined, more: object = {}) => ({
  priority,
  access,
  direction: "Inbound",
  protocol: "Tcp",
  sourceAddressPrefix,
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "5432",
  ...more,
});
const DENY = rule(4000, "Deny", "*");
const azure = (securityRules: readonly object[], subnet: object = {}, endpointSubnet = SUBNET): WrittenResource[] => [
  project("azure-gwc"),
  of(toTypeToken("PrivateEndpoint"), "assigned", `org-1/azure-gwc/${GUID}`, { regionId: "azure-gwc", azureResourceGuid: GUID }),
  of("azure-native:network:PrivateEndpoint", "way", "/s/0/pe/way", { subnet: { id: endpointSubnet } }, { resourceGuid: GUID }),
  of("azure-native:network:Subnet", "db", SUBNET, {
    virtualNetworkName: "net",
    networkSecurityGroup: { id: NSG },
    privateEndpointNetworkPolicies: "Enabled",
    ...subnet,
  }),
  of("azure-native:network:Subnet", "open", "/s/0/vnet/net/subnets/open", {
    virtualNetworkName: "net",
    networkSecurityGroup: { id: NSG },
    privateEndpointNetworkPolicies: "Disabled",
  }),
  of("azure-native:network:NetworkSecurityGroup", "door", NSG, { securityRules }),
];
const [GROUP, ENDPOINT] = ["sg-1", "vpce-0123456789abcdef0"];
const aws = (securityGroupIds: readonly string[] | undefined, ...more: WrittenResource[]): WrittenResource[] => [
  project("aws-eu-central-1"),
  of(toTypeToken("PrivateEndpoint"), "assigned", `org-1/aws-eu-central-1/${ENDPOINT}`, {
    regionId: "aws-eu-central-1",
    vpcEndpointId: ENDPOINT,
  }),
  of("aws:ec2/vpcEndpoint:VpcEndpoint", "way", ENDPOINT, {
    vpcId: "vpc-1",
    vpcEndpointType: "Interface",
    subnetIds: ["subnet-1"],
    ...(securityGroupIds && { securityGroupIds }),
  }),
  of("aws:ec2/securityGroup:SecurityGroup", "group", GROUP, {
    ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [inside] }],
  }),
  ...more,
];
const acl = (id: string, cidrBlock: string): WrittenResource =>
  of("aws:ec2/networkAcl:NetworkAcl", id, id, {
    subnetIds: ["subnet-1"],
    ingress: [{ ruleNo: 100, action: "allow", cidrBlock, protocol: "-1", fromPort: 0, toPort: 0 }],
  });
const half = acl("acl-1", "10.0.0.0/17");

interface Told {
  readonly verdict: string;
  readonly rules: readonly string[];
  readonly isUnclear: boolean;
}
async function tell(before: readonly WrittenResource[], after: readonly WrittenResource[]): Promise<Told> {
  const { verdict, findings, unjudged } = await reviewStream(buildStream(before, after));
  return { verdict, rules: findings.map((one) => one.rule), isUnclear: unjudged.length > 0 };
}

it.each<[string, WrittenResource[], WrittenResource[], Partial<Told>]>([
  ["the subnet loses its group", azure([DENY]), azure([DENY], { networkSecurityGroup: undefined }), { rules: ["private-path-widened"] }],
  [
    "the subnet gets its first group",
    azure([rule(100, "Allow", inside), DENY], { networkSecurityGroup: undefined }),
    azure([rule(100, "Allow", inside), DENY]),
    { verdict: "approve" },
  ],
  [
    "the subnet gets a group that the stack does not declare",
    azure([DENY]),
    azure([DENY], { networkSecurityGroup: { id: "/s/0/nsg/foreign" } }),
    { rules: [], isUnclear: true },
  ],
  [
    "the endpoint goes to a subnet that the stack does not declare",
    azure([DENY]),
    azure([DENY], {}, "/s/0/vnet/net/subnets/other"),
    { rules: [], isUnclear: true },
  ],
  [
    "the endpoint goes to a subnet that does not guard it",
    azure([DENY]),
    azure([DENY], {}, "/s/0/vnet/net/subnets/open"),
    { rules: ["private-path-unguarded"] },
  ],
  ["the endpoint gets a group that the stack does not declare", aws([GROUP]), aws([GROUP, "sg-foreign"]), { rules: [], isUnclear: true }],
  ["the endpoint gets the default group of its network", aws([GROUP]), aws(undefined), { rules: [], isUnclear: true }],
  ["the subnet gets a network ACL", aws([GROUP]), aws([GROUP], half), { verdict: "approve" }],
  ["the subnet loses its network ACL", aws([GROUP], half), aws([GROUP]), { rules: ["private-path-widened"] }],
  ["two network ACLs name the subnet", aws([GROUP], half), aws([GROUP], half, acl("acl-2", inside)), { rules: ["private-path-widened"] }],
])("%s", async (_, before, after, told) => {
  expect(await tell(before, after)).toMatchObject(told);
});

it.each<[string, object]>([
  ["to another destination", { destinationAddressPrefix: "10.9.9.9/32" }],
  [
    "to a security group of applications",
    { destinationAddressPrefix: undefined, destinationApplicationSecurityGroups: [{ id: "/s/0/asg/a" }] },
  ],
  ["of a security group of applications", { sourceAddressPrefix: undefined, sourceApplicationSecurityGroups: [{ id: "/s/0/asg/a" }] }],
  ["from some ports", { sourcePortRange: "1-2" }],
  ["to other ports", { destinationPortRange: "443" }],
  ["of other protocols", { protocol: "Udp" }],
  ["of the internet", { sourceAddressPrefix: "Internet" }],
  ["of the other family", { sourceAddressPrefix: "::/0" }],
  ["of what goes out", { direction: "Outbound" }],
])("a rule that denies what comes %s hides no rule behind it that lets in", async (_, more) => {
  const partly = rule(90, "Deny", "*", more);
  const { verdict, rules } = await tell(azure([partly, DENY]), azure([partly, rule(100, "Allow", wider), DENY]));
  expect([verdict, rules]).toEqual(["needsReview", ["private-path-widened"]]);
});

it("a rule that denies the whole hides the rule behind it", async () => {
  expect(await tell(azure([rule(90, "Deny", "*")]), azure([rule(90, "Deny", "*"), rule(100, "Allow", wider)]))).toMatchObject({
    verdict: "approve",
    rules: [],
  });
});

it("a policy with words that are not read is not judged", async () => {
  const withPolicy = (policy: string) =>
    aws([GROUP]).map((one) => (one.name === "way" ? { ...one, inputs: { ...one.inputs, policy } } : one));
  const [none, lower] = ['{"Statement":[]}', '{"statement":[{"effect":"Allow","principal":"*","action":"*","resource":"*"}]}'];
  expect(await tell(withPolicy(none), withPolicy(lower))).toMatchObject({ verdict: "needsReview", isUnclear: true });
});
