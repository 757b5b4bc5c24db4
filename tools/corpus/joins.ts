import { ours, type Written, writtenChanges } from "./written.js";

/** Changes around private endpoints whose join to the database this stack shows in part, or not at all; and their quiet siblings. */

const [VPC, SUBNET, GROUP, TABLE, ENDPOINT] = ["vpc-1", "subnet-1", "sg-1", "rtb-1", "vpce-0123456789abcdef0"];
const [inside, half, wider] = ["10.0.0.0/16", "10.0.0.0/17", "10.0.0.0/8"];
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const NEON_SERVICE = "com.amazonaws.vpce.eu-central-1.vpce-svc-05554c35009a5eccb";

const of = (type: string, name: string, id: string, inputs: Record<string, unknown>, more: Partial<Written> = {}): Written => ({
  ...{ type, name, id, inputs },
  ...more,
});
const project = (network: object = { allow: "nobody" }, regionId = "aws-eu-central-1"): Written =>
  of(
    ours("Project"),
    "shop",
    "quiet-lake-12345678",
    { name: "shop", regionId, network },
    { outputs: { projectId: "quiet-lake-12345678", defaultBranchId: "quiet-lake-12345678/br-wispy-sun-b343qpnf" } },
  );
const assigned = of(
  ours("PrivateEndpoint"),
  "assigned",
  `org-1/aws-eu-central-1/${ENDPOINT}`,
  { regionId: "aws-eu-central-1", vpcEndpointId: ENDPOINT },
  { outputs: { state: "accepted" } },
);
const group = (cidr: string, name = "group", id = GROUP): Written =>
  of("aws:ec2/securityGroup:SecurityGroup", name, id, {
    ...{ vpcId: VPC, ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: [cidr] }] },
  });
const endpoint = (more: object = {}, name = "way", id = ENDPOINT): Written =>
  of("aws:ec2/vpcEndpoint:VpcEndpoint", name, id, {
    ...{ vpcId: VPC, vpcEndpointType: "Interface", securityGroupIds: [GROUP], subnetIds: [SUBNET], ...more },
  });
const aws = (...more: Written[]): Written[] => [project(), assigned, group(inside), endpoint(), ...more];
const table = (target: object): Written[] => [
  of("aws:ec2/routeTable:RouteTable", "table", TABLE, { vpcId: VPC, routes: [{ cidrBlock: half, ...target }] }),
  of("aws:ec2/routeTableAssociation:RouteTableAssociation", "tableOfSubnet", "rtbassoc-1", { routeTableId: TABLE, subnetId: SUBNET }),
];
const record = (name: string, zoneId: string, records: readonly string[]): Written =>
  of("aws:route53/record:Record", "record", `${zoneId}_${name}`, { zoneId, name, type: "A", records });

const [NSG, AZURE_SUBNET, GUID] = ["/s/0/nsg/door", "/s/0/virtualNetworks/net/subnets/db", "0f8fad5b-d9cb-469f-a165-70867728950e"];
const nsgRule = (sourceAddressPrefix: string, access = "Allow") => ({
  ...{ name: access, priority: access === "Allow" ? 100 : 4000, access, direction: "Inbound", protocol: "Tcp", sourceAddressPrefix },
  ...{ sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: "5432" },
});
const nsg = (prefix: string): Written =>
  of("azure-native:network:NetworkSecurityGroup", "door", NSG, { securityRules: [nsgRule(prefix), nsgRule("*", "Deny")] });
const azureTable = "/s/0/routeTables/table";
/** @param guid what the cloud tells of the endpoint; nothing, as the SDK's classes have it */
const azure = (guid: string | undefined, prefix: string, ...more: Written[]): Written[] => [
  project({ allow: "nobody" }, "azure-gwc"),
  of(
    ours("PrivateEndpoint"),
    "assigned",
    `org-1/azure-gwc/${GUID}`,
    { regionId: "azure-gwc", azureResourceGuid: GUID },
    { outputs: { state: "accepted" } },
  ),
  of(
    "azure-native:network:PrivateEndpoint",
    "way",
    "/s/0/pe/way",
    { subnet: { id: AZURE_SUBNET } },
    guid === undefined ? {} : { outputs: { resourceGuid: guid } },
  ),
  of("azure-native:network:Subnet", "db", AZURE_SUBNET, {
    ...{ virtualNetworkName: "net", networkSecurityGroup: { id: NSG }, privateEndpointNetworkPolicies: "Enabled" },
    routeTable: { id: azureTable },
  }),
  nsg(prefix),
  ...more,
];
const azurePeering = (virtualNetworkName: string): Written =>
  of("azure-native:network:VirtualNetworkPeering", "peering", "/s/0/peerings/p", {
    ...{ virtualNetworkName, remoteVirtualNetwork: { id: "/s/0/virtualNetworks/other" } },
  });
const azureRecord = (privateZoneName: string, ipv4Address: string): Written =>
  of("azure-native:privatedns:PrivateRecordSet", "record", "/s/0/record", {
    ...{ privateZoneName, relativeRecordSetName: "*", recordType: "A", aRecords: [{ ipv4Address }] },
  });
const UNCLEAR = { unclear: true } as const;

export const joins = writtenChanges("clouds")([
  // Joined by a literal id alone
  [
    "a default route table, by a literal id",
    aws(of("aws:ec2/defaultRouteTable:DefaultRouteTable", "main", "rtb-9", { defaultRouteTableId: "rtb-9", routes: [] })),
    aws(
      of("aws:ec2/defaultRouteTable:DefaultRouteTable", "main", "rtb-9", {
        ...{ defaultRouteTableId: "rtb-9", routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }] },
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a peering accepted, by a literal id",
    aws(),
    aws(
      of("aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", "accepter", "", {
        ...{ vpcPeeringConnectionId: "pcx-9", autoAccept: true },
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a route into a table of another stack, by a literal id",
    aws(),
    aws(of("aws:ec2/route:Route", "route", "", { routeTableId: "rtb-9", destinationCidrBlock: "0.0.0.0/0", gatewayId: "igw-1" })),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a route into a table of another stack that the endpoint's subnet has",
    aws(of("aws:ec2/routeTableAssociation:RouteTableAssociation", "bound", "rtbassoc-9", { routeTableId: "rtb-9", subnetId: SUBNET })),
    aws(
      of("aws:ec2/routeTableAssociation:RouteTableAssociation", "bound", "rtbassoc-9", { routeTableId: "rtb-9", subnetId: SUBNET }),
      of("aws:ec2/route:Route", "route", "", { routeTableId: "rtb-9", destinationCidrBlock: half, transitGatewayId: "tgw-1" }),
    ),
    "needsReview",
    ["private-path-routed route"],
  ],
  [
    "a route into a table of another stack, where the endpoint's subnet has one of this stack",
    aws(...table({ transitGatewayId: "tgw-1" })),
    aws(
      ...table({ transitGatewayId: "tgw-1" }),
      of("aws:ec2/route:Route", "route", "", { routeTableId: "rtb-9", destinationCidrBlock: half, transitGatewayId: "tgw-1" }),
    ),
    "approve",
  ],
  [
    "a network interface gets a group, by literal ids",
    aws(),
    aws(
      of("aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment", "attached", "", {
        ...{ networkInterfaceId: "eni-1", securityGroupId: "sg-wide" },
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a group opened that was attached to a network interface by a literal id",
    ...([inside, wider].map((cidr) =>
      aws(
        of("aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment", "attached", "a-1", {
          ...{ networkInterfaceId: "eni-1", securityGroupId: "sg-9" },
        }),
        group(cidr, "other", "sg-9"),
      ),
    ) as [Written[], Written[]]),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a group opened that was associated with the endpoint",
    ...([inside, wider].map((cidr) =>
      aws(
        of("aws:ec2/securityGroupAssociation:SecurityGroupAssociation", "associated", "a-1", {
          ...{ vpcEndpointId: ENDPOINT, securityGroupId: "sg-9" },
        }),
        group(cidr, "other", "sg-9"),
      ),
    ) as [Written[], Written[]]),
    "needsReview",
    ["private-path-widened other"],
  ],
  [
    "a group of the same network that no endpoint has opened",
    aws(group(inside, "other", "sg-9")),
    aws(group(wider, "other", "sg-9")),
    "approve",
  ],
  // One half only
  [
    "a group opened, where Neon's half names an endpoint of another stack",
    [project(), assigned, group(inside)],
    [project(), assigned, group(wider)],
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a group narrowed, where Neon's half names an endpoint of another stack",
    [project(), assigned, group(wider)],
    [project(), assigned, group(inside)],
    "approve",
  ],
  [
    "a group opened at an endpoint to Neon's service, without Neon's half",
    [group(inside), endpoint({ serviceName: NEON_SERVICE })],
    [group(wider), endpoint({ serviceName: NEON_SERVICE })],
    "needsReview",
    ["private-path-widened group"],
    UNCLEAR,
  ],
  [
    "a group opened at an endpoint of which nothing tells the service, beside a project",
    [project(), group(inside), endpoint()],
    [project(), group(wider), endpoint()],
    "needsReview",
    ["private-path-widened group"],
    UNCLEAR,
  ],
  [
    "a group opened at an endpoint to S3, beside a project",
    [project(), group(inside), endpoint({ serviceName: "com.amazonaws.eu-central-1.s3" })],
    [project(), group(wider), endpoint({ serviceName: "com.amazonaws.eu-central-1.s3" })],
    "approve",
    ["private-path-widened group"],
  ],
  [
    "a wide endpoint comes in that is assigned already",
    [project(), assigned, group(inside)],
    [project(), assigned, group(wider), endpoint()],
    "needsReview",
    ["private-path-widened group"],
    UNCLEAR,
  ],
  [
    "a second endpoint to Neon's service, open to more",
    aws(),
    aws(group(wider, "wide", ""), {
      ...endpoint({ serviceName: NEON_SERVICE, securityGroupIds: [UNKNOWN] }, "second", ""),
      origins: { securityGroupIds: ["wide"] },
    }),
    "needsReview",
    ["private-path-widened wide"],
    UNCLEAR,
  ],
  [
    "a second endpoint to Neon's service, guarded by a group of another stack",
    aws(),
    aws(endpoint({ serviceName: NEON_SERVICE, securityGroupIds: ["sg-9"] }, "second", "")),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "Azure: a group opened at an endpoint of which nothing tells the GUID",
    azure(undefined, inside),
    azure(undefined, wider),
    "needsReview",
    ["private-path-widened door"],
    UNCLEAR,
  ],
  // What was not read
  [
    "a route to the same addresses by another gateway",
    aws(...table({ transitGatewayId: "tgw-1" })),
    aws(...table({ transitGatewayId: "tgw-2" })),
    "needsReview",
    ["private-path-routed table"],
  ],
  [
    "Azure: a route of the endpoint's subnet",
    azure(GUID, inside, of("azure-native:network:RouteTable", "table", azureTable, { routes: [] })),
    azure(
      GUID,
      inside,
      of("azure-native:network:RouteTable", "table", azureTable, {
        routes: [{ name: "on", addressPrefix: half, nextHopType: "VirtualNetworkGateway" }],
      }),
    ),
    "needsReview",
    ["private-path-routed table"],
  ],
  [
    "Azure: a route of its own into the table of the endpoint's subnet",
    azure(GUID, inside, of("azure-native:network:RouteTable", "table", azureTable, { routes: [] })),
    azure(
      GUID,
      inside,
      of("azure-native:network:RouteTable", "table", azureTable, { routes: [] }),
      of("azure-native:network:Route", "route", "", { routeTableName: "Table", addressPrefix: half, nextHopType: "VirtualNetworkGateway" }),
    ),
    "needsReview",
    ["private-path-routed route"],
  ],
  [
    "Azure: the endpoint's network is peered, by its name in capitals",
    azure(GUID, inside),
    azure(GUID, inside, azurePeering("NET")),
    "needsReview",
    ["network-peered peering"],
  ],
  ["Azure: another network is peered", azure(GUID, inside), azure(GUID, inside, azurePeering("net9")), "approve"],
  [
    "Azure: a rule of a network manager, which goes before those of groups",
    azure(GUID, inside),
    azure(
      GUID,
      inside,
      of("azure-native:network:AdminRule", "rule", "", { networkManagerName: "manager", access: "AlwaysAllow", direction: "Inbound" }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  // Names
  [
    "Azure: the zone group of the endpoint goes to another zone",
    ...(["germanywestcentral.azure.neon.tech", "shop.example"].map((zone) =>
      azure(
        GUID,
        inside,
        of("azure-native:network:PrivateDnsZoneGroup", "zones", "/s/0/pe/way/zones", {
          ...{ privateEndpointName: "Way", privateDnsZoneConfigs: [{ name: "neon", privateDnsZoneId: `/s/0/zones/${zone}` }] },
        }),
      ),
    ) as [Written[], Written[]]),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "Azure: a private record of Neon's hosts leads elsewhere",
    azure(GUID, inside, azureRecord("germanywestcentral.azure.neon.tech", "10.0.0.9")),
    azure(GUID, inside, azureRecord("germanywestcentral.azure.neon.tech", "10.6.6.6")),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "Azure: a private record of another service leads elsewhere",
    azure(GUID, inside, azureRecord("privatelink.blob.core.windows.net", "10.0.0.9")),
    azure(GUID, inside, azureRecord("privatelink.blob.core.windows.net", "10.6.6.6")),
    "approve",
  ],
  [
    "a record of Neon's hosts leads elsewhere",
    aws(record("*.eu-central-1.aws.neon.tech", "Z1", ["10.0.0.9"])),
    aws(record("*.eu-central-1.aws.neon.tech", "Z1", ["10.6.6.6"])),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a record of the shop's own site leads elsewhere",
    aws(record("www.shop.example", "Z1", ["192.0.2.9"])),
    aws(record("www.shop.example", "Z1", ["192.0.2.10"])),
    "approve",
  ],
  // Locked out
  [
    "a lock-out accepted at birth, before anything closes",
    [],
    [{ ...project({ allow: "listed", ranges: ["203.0.113.0/24"], acceptLockOut: true }), id: "" }],
    "needsReview",
    ["lock-out-accepted shop", "new-branch shop/main"],
  ],
  [
    "private endpoints blocked beside a public block, where one was accepted",
    [project({ allow: "nobody", privateEndpoints: "allowed" }), assigned],
    [project({ allow: "nobody", privateEndpoints: "blocked" }), assigned],
    "block",
    ["locked-out shop", "private-access-narrowed shop/main"],
  ],
]);
