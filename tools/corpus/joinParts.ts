import { toTypeToken, type WrittenResource, buildResource } from "./writtenChanges.js";

/** Changes around private endpoints whose join to the database this stack shows in part, or not at all; and their quiet siblings. */

export const [VPC, SUBNET, GROUP, TABLE, ENDPOINT] = ["vpc-1", "subnet-1", "sg-1", "rtb-1", "vpce-0123456789abcdef0"];
export const [inside, half, wider] = ["10.0.0.0/16", "10.0.0.0/17", "10.0.0.0/8"];
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const NEON_SERVICE = "com.amazonaws.vpce.eu-central-1.vpce-svc-05554c35009a5eccb";

export const buildProject = (network: object = { allow: "nobody" }, regionId = "aws-eu-central-1"): WrittenResource =>
  buildResource(
    toTypeToken("Project"),
    "shop",
    "quiet-lake-12345678",
    { name: "shop", regionId, network },
    { outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" } },
  );
export const assigned = buildResource(
  toTypeToken("PrivateEndpoint"),
  "assigned",
  `org-1/aws-eu-central-1/${ENDPOINT}`,
  { regionId: "aws-eu-central-1", vpcEndpointId: ENDPOINT },
  { outputs: { state: "accepted" } },
);
export const buildGroup = (cidr: string, name = "group", id = GROUP): WrittenResource =>
  buildResource("aws:ec2/securityGroup:SecurityGroup", name, id, {
    vpcId: VPC,
    ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [cidr] }],
  });
export const buildEndpoint = (more: object = {}, name = "way", id = ENDPOINT): WrittenResource =>
  buildResource("aws:ec2/vpcEndpoint:VpcEndpoint", name, id, {
    vpcId: VPC,
    vpcEndpointType: "Interface",
    securityGroupIds: [GROUP],
    subnetIds: [SUBNET],
    ...more,
  });
export const buildAwsStack = (...more: WrittenResource[]): WrittenResource[] => [
  buildProject(),
  assigned,
  buildGroup(inside),
  buildEndpoint(),
  ...more,
];
export const buildTable = (target: object): WrittenResource[] => [
  buildResource("aws:ec2/routeTable:RouteTable", "table", TABLE, { vpcId: VPC, routes: [{ cidrBlock: half, ...target }] }),
  buildResource("aws:ec2/routeTableAssociation:RouteTableAssociation", "tableOfSubnet", "rtbassoc-1", {
    routeTableId: TABLE,
    subnetId: SUBNET,
  }),
];
export const buildRecord = (name: string, zoneId: string, records: readonly string[]): WrittenResource =>
  buildResource("aws:route53/record:Record", "record", `${zoneId}_${name}`, { zoneId, name, type: "A", records });

export const [NSG, AZURE_SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/virtualNetworks/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const buildNsgRule = (sourceAddressPrefix: string, access = "Allow") => ({
  name: access,
  priority: access === "Allow" ? 100 : 4000,
  access,
  direction: "Inbound",
  protocol: "Tcp",
  sourceAddressPrefix,
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "5432",
});
const buildNsg = (prefix: string): WrittenResource =>
  buildResource("azure-native:network:NetworkSecurityGroup", "door", NSG, {
    securityRules: [buildNsgRule(prefix), buildNsgRule("*", "Deny")],
  });
export const azureTable = "/s/0/routeTables/table";
/** @param guid what the cloud tells of the endpoint; nothing, as the SDK's classes have it */
export const buildAzureStack = (guid: string | undefined, prefix: string, ...more: WrittenResource[]): WrittenResource[] => [
  buildProject({ allow: "nobody" }, "azure-gwc"),
  buildResource(
    toTypeToken("PrivateEndpoint"),
    "assigned",
    `org-1/azure-gwc/${GUID}`,
    { regionId: "azure-gwc", azureResourceGuid: GUID },
    { outputs: { state: "accepted" } },
  ),
  buildResource(
    "azure-native:network:PrivateEndpoint",
    "way",
    "/s/0/pe/way",
    { subnet: { id: AZURE_SUBNET } },
    guid === undefined ? {} : { outputs: { resourceGuid: guid } },
  ),
  buildResource("azure-native:network:Subnet", "db", AZURE_SUBNET, {
    virtualNetworkName: "net",
    networkSecurityGroup: { id: NSG },
    privateEndpointNetworkPolicies: "Enabled",
    routeTable: { id: azureTable },
  }),
  buildNsg(prefix),
  ...more,
];
export const buildAzurePeering = (virtualNetworkName: string): WrittenResource =>
  buildResource("azure-native:network:VirtualNetworkPeering", "peering", "/s/0/peerings/p", {
    virtualNetworkName,
    remoteVirtualNetwork: { id: "/s/0/virtualNetworks/other" },
  });
export const buildAzureRecord = (privateZoneName: string, ipv4Address: string): WrittenResource =>
  buildResource("azure-native:privatedns:PrivateRecordSet", "record", "/s/0/record", {
    privateZoneName,
    relativeRecordSetName: "*",
    recordType: "A",
    aRecords: [{ ipv4Address }],
  });
export const UNCLEAR = { unclear: true } as const;
