import type { Verdict } from "../../review/change/judge.js";
import { toTypeToken, type WrittenResource, type WrittenChange } from "./writtenChanges.js";

const AWS_ENDPOINT = "vpce-0123456789abcdef0";
const buildSecurityGroup = (ingress: readonly object[]): WrittenResource => ({
  type: "aws:ec2/securityGroup:SecurityGroup",
  name: "door",
  id: "sg-1",
  inputs: { ingress },
});
const buildTcpRule = (cidrBlocks: readonly string[], port = 5432) => ({ protocol: "tcp", fromPort: port, toPort: port, cidrBlocks });
const buildEndpoint = (more: object = {}): WrittenResource => ({
  type: "aws:ec2/vpcEndpoint:VpcEndpoint",
  name: "way",
  id: AWS_ENDPOINT,
  inputs: { vpcId: "vpc-1", vpcEndpointType: "Interface", securityGroupIds: ["sg-1"], ...more },
});
const buildIngressRule = (inputs: object): WrittenResource => ({
  type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
  name: "rule",
  id: "sgr-1",
  inputs: { securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 5432, toPort: 5432, ...inputs },
  origins: { securityGroupId: ["door"] },
});
const assignment: WrittenResource = {
  type: toTypeToken("PrivateEndpoint"),
  name: "assigned",
  id: `org-1/aws-eu-central-1/${AWS_ENDPOINT}`,
  inputs: { regionId: "aws-eu-central-1", vpcEndpointId: AWS_ENDPOINT },
  origins: { vpcEndpointId: ["way"] },
};
const [inside, wider] = ["10.0.0.0/16", "10.0.0.0/8"];
const buildAwsStack = (ingress: readonly object[], more: object = {}) => [buildSecurityGroup(ingress), buildEndpoint(more), assignment];
const buildUnassignedStack = (ingress: readonly object[]) => [buildSecurityGroup(ingress), buildEndpoint()];

const buildAzureRule = (name: string, priority: number, sourceAddressPrefix: string, access = "Allow", port = "5432") => ({
  name,
  priority,
  access,
  direction: "Inbound",
  protocol: "Tcp",
  sourceAddressPrefix,
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: port,
});
const nsg = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.Network/networkSecurityGroups/door";
const subnet = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/net/subnets/db";
const buildAzureStack = (securityRules: readonly object[]): WrittenResource[] => [
  { type: "azure-native:network:NetworkSecurityGroup", name: "door", id: nsg, inputs: { securityRules } },
  { type: "azure-native:network:Subnet", name: "db", id: subnet, inputs: { networkSecurityGroup: { id: nsg } } },
  { type: "azure-native:network:PrivateEndpoint", name: "way", id: "/pe", inputs: { subnet: { id: subnet } } },
];
const buildSeparateRule = (prefix: string): WrittenResource => ({
  type: "azure-native:network:SecurityRule",
  name: "rule",
  id: `${nsg}/securityRules/rule`,
  inputs: { networkSecurityGroupName: "door", ...buildAzureRule("rule", 200, prefix) },
});

/**
 * Changes of the customer's own cloud. The providers' binaries are not to be had where the corpus is recorded, so these streams are written by
 * hand, in the engine's format and with the types and words of `@pulumi/aws` 7 and `@pulumi/azure-native` 3.
 */
export const clouds: readonly WrittenChange[] = [
  labelChange(
    "a security group lets more in to the endpoint",
    buildAwsStack([buildTcpRule([inside])]),
    buildAwsStack([buildTcpRule([wider])]),
    "needsReview",
    ["private-path-widened door"],
  ),
  labelChange(
    "a security group spelled in two halves",
    buildAwsStack([buildTcpRule([inside])]),
    buildAwsStack([buildTcpRule(["10.0.0.0/17", "10.0.128.0/17"])]),
    "approve",
  ),
  labelChange("a security group lets less in", buildAwsStack([buildTcpRule([wider])]), buildAwsStack([buildTcpRule([inside])]), "approve"),
  labelChange(
    "a security group opens another port",
    buildAwsStack([buildTcpRule([inside])]),
    buildAwsStack([buildTcpRule([inside]), buildTcpRule([wider], 443)]),
    "approve",
  ),
  labelChange(
    "a security group opens every port",
    buildAwsStack([buildTcpRule([inside])]),
    buildAwsStack([buildTcpRule([inside]), { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: [wider] }]),
    "needsReview",
    ["private-path-widened door"],
  ),
  labelChange(
    "a security group lets in another group",
    buildAwsStack([buildTcpRule([inside])]),
    buildAwsStack([buildTcpRule([inside]), { protocol: "tcp", fromPort: 5000, toPort: 6000, securityGroups: ["sg-9"] }]),
    "needsReview",
    ["private-path-widened door"],
  ),
  labelChange("a rule of its own", buildAwsStack([]), [...buildAwsStack([]), buildIngressRule({ cidrIpv4: inside })], "needsReview", [
    "private-path-widened rule",
  ]),
  labelChange(
    "a rule of its own that lets more in",
    [...buildAwsStack([]), buildIngressRule({ cidrIpv4: inside })],
    [...buildAwsStack([]), buildIngressRule({ cidrIpv4: wider })],
    "needsReview",
    ["private-path-widened rule"],
  ),
  labelChange(
    "a rule for another group says nothing of addresses",
    buildAwsStack([buildTcpRule([inside])]),
    [...buildAwsStack([buildTcpRule([inside])]), buildIngressRule({ referencedSecurityGroupId: "sg-9" })],
    "needsReview",
    ["private-path-widened rule"],
  ),
  labelChange(
    "a rule for what the group admits already",
    buildAwsStack([buildTcpRule([wider])]),
    [...buildAwsStack([buildTcpRule([wider])]), buildIngressRule({ cidrIpv4: inside })],
    "approve",
  ),
  labelChange(
    "a rule of unknown addresses",
    buildAwsStack([]),
    [...buildAwsStack([]), buildIngressRule({ cidrIpv4: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })],
    "needsReview",
    [],
    true,
  ),
  labelChange(
    "a group more at the endpoint",
    [...buildAwsStack([buildTcpRule([inside])], { securityGroupIds: [] })],
    buildAwsStack([buildTcpRule([inside])]),
    "needsReview",
    ["private-path-widened way"],
  ),
  labelChange(
    "a security group of an endpoint that is not assigned",
    buildUnassignedStack([buildTcpRule([inside])]),
    buildUnassignedStack([buildTcpRule([wider])]),
    "approve",
    ["private-path-widened door"],
  ),
  labelChange(
    "a security group of no endpoint",
    [buildSecurityGroup([buildTcpRule([inside])])],
    [buildSecurityGroup([buildTcpRule([wider])])],
    "approve",
  ),
  labelChange(
    "the assigned endpoint deleted",
    buildAwsStack([buildTcpRule([inside])]),
    [buildSecurityGroup([buildTcpRule([inside])]), assignment],
    "needsReview",
    ["private-path-removed way"],
  ),
  labelChange("an endpoint that is not assigned deleted", buildUnassignedStack([]), [buildSecurityGroup([])], "approve"),
  labelChange(
    "a tag of the endpoint",
    buildAwsStack([buildTcpRule([inside])]),
    buildAwsStack([buildTcpRule([inside])], { tags: { team: "shop" } }),
    "approve",
  ),
  labelChange(
    "Azure: a security group lets more in",
    buildAzureStack([buildAzureRule("a", 100, inside)]),
    buildAzureStack([buildAzureRule("a", 100, wider)]),
    "approve",
    ["private-path-widened door"],
  ),
  labelChange(
    "Azure: a rule behind one that denies",
    buildAzureStack([buildAzureRule("no", 100, "*", "Deny")]),
    buildAzureStack([buildAzureRule("no", 100, "*", "Deny"), buildAzureRule("a", 200, wider)]),
    "approve",
  ),
  labelChange(
    "Azure: the rule that denies taken away",
    buildAzureStack([buildAzureRule("no", 100, "*", "Deny"), buildAzureRule("a", 200, wider)]),
    buildAzureStack([buildAzureRule("a", 200, wider)]),
    "approve",
    ["private-path-widened door"],
  ),
  labelChange(
    "Azure: another port",
    buildAzureStack([buildAzureRule("a", 100, inside)]),
    buildAzureStack([buildAzureRule("a", 100, inside), buildAzureRule("b", 110, "*", "Allow", "443")]),
    "approve",
  ),
  labelChange("Azure: a rule of its own", buildAzureStack([]), [...buildAzureStack([]), buildSeparateRule(inside)], "approve", [
    "private-path-widened rule",
  ]),
];

function labelChange(
  name: string,
  before: readonly WrittenResource[],
  after: readonly WrittenResource[],
  verdict: Verdict,
  findings: readonly string[] = [],
  unclear?: true,
): WrittenChange {
  return { name, category: "clouds", before, after, verdict, findings, ...(unclear && { unclear }) };
}
