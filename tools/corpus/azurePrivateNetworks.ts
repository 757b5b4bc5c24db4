import { toTypeToken, type WrittenResource, labelWrittenChanges } from "./writtenChanges.js";

/** The same as privateNetworks.ts on Azure, whose half of Neon is an extension of the embedded plane. */

const [inside, half, wider, elsewhere] = ["10.0.0.0/16", "10.0.0.0/17", "10.0.0.0/8", "192.168.0.0/16"];
const project: WrittenResource = {
  type: toTypeToken("Project"),
  name: "shop",
  id: "quiet-lake-12345678",
  inputs: { name: "shop", regionId: "azure-gwc", network: { allow: "nobody" } },
  outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" },
};
const [NSG, AZURE_SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/vnet/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const buildSecurityRule = (name: string, priority: number, sourceAddressPrefix: string, access = "Allow", more: object = {}) => ({
  name,
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
const DENY_ALL = buildSecurityRule("rest", 4000, "*", "Deny");
const azureEndpoint: WrittenResource = {
  type: "azure-native:network:PrivateEndpoint",
  name: "way",
  id: "/s/0/pe/way",
  inputs: { subnet: { id: AZURE_SUBNET } },
  outputs: { resourceGuid: GUID },
};
const buildSubnet = (more: object = {}): WrittenResource => ({
  type: "azure-native:network:Subnet",
  name: "db",
  id: AZURE_SUBNET,
  inputs: { virtualNetworkName: "net", networkSecurityGroup: { id: NSG }, privateEndpointNetworkPolicies: "Enabled", ...more },
});
const buildStack = (securityRules: readonly object[], ...more: WrittenResource[]): WrittenResource[] => [
  project,
  { type: "azure-native:network:NetworkSecurityGroup", name: "door", id: NSG, inputs: { securityRules } },
  ...[azureEndpoint, buildSubnet()].filter(({ name }) => more.every((one) => one.name !== name)),
  {
    type: toTypeToken("PrivateEndpoint"),
    name: "assigned",
    id: `org-1/azure-gwc/${GUID}`,
    inputs: { regionId: "azure-gwc", azureResourceGuid: GUID },
    outputs: { state: "accepted" },
    origins: { azureResourceGuid: ["way"] },
  },
  ...more,
];
const vnetPeering: WrittenResource = {
  type: "azure-native:network:VirtualNetworkPeering",
  name: "peering",
  id: "/s/0/vnet/net/peerings/p",
  inputs: {
    virtualNetworkName: "net",
    remoteVirtualNetwork: { id: "/s/0/vnet/other" },
    remoteAddressSpace: { addressPrefixes: [elsewhere] },
  },
};
const zoneGroup: WrittenResource = {
  type: "azure-native:network:PrivateDnsZoneGroup",
  name: "dns",
  id: "/s/0/pe/way/zones",
  inputs: { privateEndpointName: "way" },
  origins: { privateEndpointName: ["way"] },
};
const zoneLink: WrittenResource = {
  type: "azure-native:privatedns:VirtualNetworkLink",
  name: "link",
  id: "/s/0/zone/links/l",
  inputs: { privateZoneName: "azure.neon.tech", virtualNetwork: { id: "/s/0/vnet/net" } },
};

export const azurePrivateNetworks = labelWrittenChanges("clouds")([
  [
    "Azure: the security group lets more in to the assigned endpoint",
    buildStack([buildSecurityRule("a", 100, inside), DENY_ALL]),
    buildStack([buildSecurityRule("a", 100, wider), DENY_ALL]),
    "needsReview",
    ["private-path-widened door"],
  ],
  [
    "Azure: an allow before the rule that denies",
    buildStack([buildSecurityRule("a", 100, half), buildSecurityRule("no", 200, wider, "Deny"), DENY_ALL]),
    buildStack([
      buildSecurityRule("a", 100, half),
      buildSecurityRule("b", 150, inside),
      buildSecurityRule("no", 200, wider, "Deny"),
      DENY_ALL,
    ]),
    "needsReview",
    ["private-path-widened door"],
  ],
  [
    "Azure: an allow behind the rule that denies",
    buildStack([buildSecurityRule("a", 100, half), buildSecurityRule("no", 200, wider, "Deny"), DENY_ALL]),
    buildStack([
      buildSecurityRule("a", 100, half),
      buildSecurityRule("no", 200, wider, "Deny"),
      buildSecurityRule("b", 250, inside),
      DENY_ALL,
    ]),
    "approve",
  ],
  [
    "Azure: without the rule that denies the rest, the whole network is let in",
    buildStack([buildSecurityRule("a", 100, inside), DENY_ALL]),
    buildStack([buildSecurityRule("a", 100, inside)]),
    "needsReview",
    ["private-path-widened door"],
  ],
  [
    "Azure: the network is named where the default rules let it in",
    buildStack([buildSecurityRule("a", 100, inside)]),
    buildStack([buildSecurityRule("a", 100, inside), buildSecurityRule("net", 110, "VirtualNetwork")]),
    "approve",
  ],
  [
    "Azure: security groups hold for private endpoints no more",
    buildStack([buildSecurityRule("a", 100, inside), DENY_ALL]),
    buildStack([buildSecurityRule("a", 100, inside), DENY_ALL], buildSubnet({ privateEndpointNetworkPolicies: "Disabled" })),
    "needsReview",
    ["private-path-unguarded db"],
  ],
  [
    "Azure: the endpoint's network is peered",
    buildStack([DENY_ALL]),
    buildStack([DENY_ALL], vnetPeering),
    "needsReview",
    ["network-peered peering"],
  ],
  [
    "Azure: the zone group taken away",
    buildStack([DENY_ALL], zoneGroup),
    buildStack([DENY_ALL]),
    "needsReview",
    ["private-dns-removed dns"],
  ],
  [
    "Azure: the link of the zone taken away",
    buildStack([DENY_ALL], zoneGroup, zoneLink),
    buildStack([DENY_ALL], zoneGroup),
    "needsReview",
    ["private-dns-removed link"],
  ],
  ["Azure: a tag of the subnet", buildStack([DENY_ALL]), buildStack([DENY_ALL], buildSubnet({ tags: { team: "shop" } })), "approve"],
]);
