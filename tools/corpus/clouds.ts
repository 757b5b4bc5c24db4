import type { Verdict } from "../../review/change/judge.js";
import { ours, type Written, type WrittenChange } from "./written.js";

const AWS_ENDPOINT = "vpce-0123456789abcdef0";
const group = (ingress: readonly object[]): Written => ({
  type: "aws:ec2/securityGroup:SecurityGroup",
  name: "door",
  id: "sg-1",
  inputs: { ingress },
});
const tcp = (cidrBlocks: readonly string[], port = 5432) => ({ protocol: "tcp", fromPort: port, toPort: port, cidrBlocks });
const endpoint = (more: object = {}): Written => ({
  ...{ type: "aws:ec2/vpcEndpoint:VpcEndpoint", name: "way", id: AWS_ENDPOINT },
  inputs: { vpcId: "vpc-1", vpcEndpointType: "Interface", securityGroupIds: ["sg-1"], ...more },
});
const rule = (inputs: object): Written => ({
  ...{ type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name: "rule", id: "sgr-1" },
  ...{
    inputs: { securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 5432, toPort: 5432, ...inputs },
    origins: { securityGroupId: ["door"] },
  },
});
const assignment: Written = {
  ...{ type: ours("PrivateEndpoint"), name: "assigned", id: `org-1/aws-eu-central-1/${AWS_ENDPOINT}` },
  ...{ inputs: { regionId: "aws-eu-central-1", vpcEndpointId: AWS_ENDPOINT }, origins: { vpcEndpointId: ["way"] } },
};
const [inside, wider] = ["10.0.0.0/16", "10.0.0.0/8"];
const aws = (ingress: readonly object[], more: object = {}) => [group(ingress), endpoint(more), assignment];
const stray = (ingress: readonly object[]) => [group(ingress), endpoint()];

const azureRule = (name: string, priority: number, sourceAddressPrefix: string, access = "Allow", port = "5432") => ({
  ...{ name, priority, access, direction: "Inbound", protocol: "Tcp", sourceAddressPrefix, sourcePortRange: "*" },
  ...{ destinationAddressPrefix: "*", destinationPortRange: port },
});
const nsg = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.Network/networkSecurityGroups/door";
const subnet = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.Network/virtualNetworks/net/subnets/db";
const azure = (securityRules: readonly object[]): Written[] => [
  { type: "azure-native:network:NetworkSecurityGroup", name: "door", id: nsg, inputs: { securityRules } },
  { type: "azure-native:network:Subnet", name: "db", id: subnet, inputs: { networkSecurityGroup: { id: nsg } } },
  { type: "azure-native:network:PrivateEndpoint", name: "way", id: "/pe", inputs: { subnet: { id: subnet } } },
];
const apart = (prefix: string): Written => ({
  ...{ type: "azure-native:network:SecurityRule", name: "rule", id: `${nsg}/securityRules/rule` },
  inputs: { networkSecurityGroupName: "door", ...azureRule("rule", 200, prefix) },
});

/**
 * Changes of the customer's own cloud. The providers' binaries are not to be had where the corpus is recorded, so these streams are written by
 * hand, in the engine's format and with the types and words of `@pulumi/aws` 7 and `@pulumi/azure-native` 3.
 */
export const clouds: readonly WrittenChange[] = [
  change("a security group lets more in to the endpoint", aws([tcp([inside])]), aws([tcp([wider])]), "needsReview", [
    "private-path-widened door",
  ]),
  change("a security group spelled in two halves", aws([tcp([inside])]), aws([tcp(["10.0.0.0/17", "10.0.128.0/17"])]), "approve"),
  change("a security group lets less in", aws([tcp([wider])]), aws([tcp([inside])]), "approve"),
  change("a security group opens another port", aws([tcp([inside])]), aws([tcp([inside]), tcp([wider], 443)]), "approve"),
  change(
    "a security group opens every port",
    aws([tcp([inside])]),
    aws([tcp([inside]), { protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: [wider] }]),
    "needsReview",
    ["private-path-widened door"],
  ),
  change(
    "a security group lets in another group",
    aws([tcp([inside])]),
    aws([tcp([inside]), { protocol: "tcp", fromPort: 5000, toPort: 6000, securityGroups: ["sg-9"] }]),
    "needsReview",
    ["private-path-widened door"],
  ),
  change("a rule of its own", aws([]), [...aws([]), rule({ cidrIpv4: inside })], "needsReview", ["private-path-widened rule"]),
  change(
    "a rule of its own that lets more in",
    [...aws([]), rule({ cidrIpv4: inside })],
    [...aws([]), rule({ cidrIpv4: wider })],
    "needsReview",
    ["private-path-widened rule"],
  ),
  change(
    "a rule for another group says nothing of addresses",
    aws([tcp([inside])]),
    [...aws([tcp([inside])]), rule({ referencedSecurityGroupId: "sg-9" })],
    "needsReview",
    ["private-path-widened rule"],
  ),
  change("a rule for what the group admits already", aws([tcp([wider])]), [...aws([tcp([wider])]), rule({ cidrIpv4: inside })], "approve"),
  change(
    "a rule of unknown addresses",
    aws([]),
    [...aws([]), rule({ cidrIpv4: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })],
    "needsReview",
    [],
    true,
  ),
  change("a group more at the endpoint", [...aws([tcp([inside])], { securityGroupIds: [] })], aws([tcp([inside])]), "needsReview", [
    "private-path-widened way",
  ]),
  change("a security group of an endpoint that is not assigned", stray([tcp([inside])]), stray([tcp([wider])]), "approve", [
    "private-path-widened door",
  ]),
  change("a security group of no endpoint", [group([tcp([inside])])], [group([tcp([wider])])], "approve"),
  change("the assigned endpoint deleted", aws([tcp([inside])]), [group([tcp([inside])]), assignment], "needsReview", [
    "private-path-removed way",
  ]),
  change("an endpoint that is not assigned deleted", stray([]), [group([])], "approve"),
  change("a tag of the endpoint", aws([tcp([inside])]), aws([tcp([inside])], { tags: { team: "shop" } }), "approve"),
  change("Azure: a security group lets more in", azure([azureRule("a", 100, inside)]), azure([azureRule("a", 100, wider)]), "approve", [
    "private-path-widened door",
  ]),
  change(
    "Azure: a rule behind one that denies",
    azure([azureRule("no", 100, "*", "Deny")]),
    azure([azureRule("no", 100, "*", "Deny"), azureRule("a", 200, wider)]),
    "approve",
  ),
  change(
    "Azure: the rule that denies taken away",
    azure([azureRule("no", 100, "*", "Deny"), azureRule("a", 200, wider)]),
    azure([azureRule("a", 200, wider)]),
    "approve",
    ["private-path-widened door"],
  ),
  change(
    "Azure: another port",
    azure([azureRule("a", 100, inside)]),
    azure([azureRule("a", 100, inside), azureRule("b", 110, "*", "Allow", "443")]),
    "approve",
  ),
  change("Azure: a rule of its own", azure([]), [...azure([]), apart(inside)], "approve", ["private-path-widened rule"]),
];

function change(
  name: string,
  before: readonly Written[],
  after: readonly Written[],
  verdict: Verdict,
  findings: readonly string[] = [],
  unclear?: true,
): WrittenChange {
  return { name, category: "clouds", before, after, verdict, findings, ...(unclear && { unclear }) };
}
