import { ours, type Written, writtenChanges } from "./written.js";

/** The same as networks.ts on Azure, whose half of Neon is an extension of the embedded plane. */

const [inside, half, wider, elsewhere] = ["10.0.0.0/16", "10.0.0.0/17", "10.0.0.0/8", "192.168.0.0/16"];
const project: Written = {
  ...{ type: ours("Project"), name: "shop", id: "quiet-lake-12345678" },
  inputs: { name: "shop", regionId: "azure-gwc", network: { allow: "nobody" } },
  outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" },
};
const [NSG, AZURE_SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/vnet/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const securityRule = (name: string, priority: number, sourceAddressPrefix: string, access = "Allow", more: object = {}) => ({
  ...{ name, priority, access, direction: "Inbound", protocol: "Tcp", sourceAddressPrefix, sourcePortRange: "*" },
  ...{ destinationAddressPrefix: "*", destinationPortRange: "5432", ...more },
});
const DENY_ALL = securityRule("rest", 4000, "*", "Deny");
const azureEndpoint: Written = {
  ...{ type: "azure-native:network:PrivateEndpoint", name: "way", id: "/s/0/pe/way" },
  ...{ inputs: { subnet: { id: AZURE_SUBNET } }, outputs: { resourceGuid: GUID } },
};
const azureSubnet = (more: object = {}): Written => ({
  ...{ type: "azure-native:network:Subnet", name: "db", id: AZURE_SUBNET },
  inputs: { virtualNetworkName: "net", networkSecurityGroup: { id: NSG }, privateEndpointNetworkPolicies: "Enabled", ...more },
});
const azure = (securityRules: readonly object[], ...more: Written[]): Written[] => [
  project,
  { type: "azure-native:network:NetworkSecurityGroup", name: "door", id: NSG, inputs: { securityRules } },
  ...[azureEndpoint, azureSubnet()].filter(({ name }) => more.every((one) => one.name !== name)),
  {
    ...{ type: ours("PrivateEndpoint"), name: "assigned", id: `org-1/azure-gwc/${GUID}` },
    ...{
      inputs: { regionId: "azure-gwc", azureResourceGuid: GUID },
      outputs: { state: "accepted" },
      origins: { azureResourceGuid: ["way"] },
    },
  },
  ...more,
];
const vnetPeering: Written = {
  ...{ type: "azure-native:network:VirtualNetworkPeering", name: "peering", id: "/s/0/vnet/net/peerings/p" },
  inputs: {
    virtualNetworkName: "net",
    remoteVirtualNetwork: { id: "/s/0/vnet/other" },
    remoteAddressSpace: { addressPrefixes: [elsewhere] },
  },
};
const zoneGroup: Written = {
  ...{ type: "azure-native:network:PrivateDnsZoneGroup", name: "dns", id: "/s/0/pe/way/zones" },
  ...{ inputs: { privateEndpointName: "way" }, origins: { privateEndpointName: ["way"] } },
};
const zoneLink: Written = {
  ...{ type: "azure-native:privatedns:VirtualNetworkLink", name: "link", id: "/s/0/zone/links/l" },
  inputs: { privateZoneName: "azure.neon.tech", virtualNetwork: { id: "/s/0/vnet/net" } },
};

export const azureNetworks = writtenChanges("clouds")([
  [
    "Azure: the security group lets more in to the assigned endpoint",
    azure([securityRule("a", 100, inside), DENY_ALL]),
    azure([securityRule("a", 100, wider), DENY_ALL]),
    "needsReview",
    ["private-path-widened door"],
  ],
  [
    "Azure: an allow before the rule that denies",
    azure([securityRule("a", 100, half), securityRule("no", 200, wider, "Deny"), DENY_ALL]),
    azure([securityRule("a", 100, half), securityRule("b", 150, inside), securityRule("no", 200, wider, "Deny"), DENY_ALL]),
    "needsReview",
    ["private-path-widened door"],
  ],
  [
    "Azure: an allow behind the rule that denies",
    azure([securityRule("a", 100, half), securityRule("no", 200, wider, "Deny"), DENY_ALL]),
    azure([securityRule("a", 100, half), securityRule("no", 200, wider, "Deny"), securityRule("b", 250, inside), DENY_ALL]),
    "approve",
  ],
  [
    "Azure: without the rule that denies the rest, the whole network is let in",
    azure([securityRule("a", 100, inside), DENY_ALL]),
    azure([securityRule("a", 100, inside)]),
    "needsReview",
    ["private-path-widened door"],
  ],
  [
    "Azure: the network is named where the default rules let it in",
    azure([securityRule("a", 100, inside)]),
    azure([securityRule("a", 100, inside), securityRule("net", 110, "VirtualNetwork")]),
    "approve",
  ],
  [
    "Azure: security groups hold for private endpoints no more",
    azure([securityRule("a", 100, inside), DENY_ALL]),
    azure([securityRule("a", 100, inside), DENY_ALL], azureSubnet({ privateEndpointNetworkPolicies: "Disabled" })),
    "needsReview",
    ["private-path-unguarded db"],
  ],
  ["Azure: the endpoint's network is peered", azure([DENY_ALL]), azure([DENY_ALL], vnetPeering), "needsReview", ["network-peered peering"]],
  ["Azure: the zone group taken away", azure([DENY_ALL], zoneGroup), azure([DENY_ALL]), "needsReview", ["private-dns-removed dns"]],
  [
    "Azure: the link of the zone taken away",
    azure([DENY_ALL], zoneGroup, zoneLink),
    azure([DENY_ALL], zoneGroup),
    "needsReview",
    ["private-dns-removed link"],
  ],
  ["Azure: a tag of the subnet", azure([DENY_ALL]), azure([DENY_ALL], azureSubnet({ tags: { team: "shop" } })), "approve"],
]);
