import { type WrittenResource, labelWrittenChanges, buildResource } from "./writtenChanges.js";
import {
  SUBNET,
  ENDPOINT,
  inside,
  half,
  wider,
  UNKNOWN,
  NEON_SERVICE,
  buildProject,
  assigned,
  buildGroup,
  buildEndpoint,
  buildAwsStack,
  buildTable,
  buildRecord,
  GUID,
  azureTable,
  buildAzureStack,
  buildAzurePeering,
  buildAzureRecord,
  UNCLEAR,
} from "./joinParts.js";

export const joins = labelWrittenChanges("clouds")([
  // Joined by a literal id alone
  [
    "a default route table, by a literal id",
    buildAwsStack(
      buildResource("aws:ec2/defaultRouteTable:DefaultRouteTable", "main", "rtb-9", { defaultRouteTableId: "rtb-9", routes: [] }),
    ),
    buildAwsStack(
      buildResource("aws:ec2/defaultRouteTable:DefaultRouteTable", "main", "rtb-9", {
        defaultRouteTableId: "rtb-9",
        routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }],
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a peering accepted, by a literal id",
    buildAwsStack(),
    buildAwsStack(
      buildResource("aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter", "accepter", "", {
        vpcPeeringConnectionId: "pcx-9",
        autoAccept: true,
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a route into a table of another stack, by a literal id",
    buildAwsStack(),
    buildAwsStack(
      buildResource("aws:ec2/route:Route", "route", "", { routeTableId: "rtb-9", destinationCidrBlock: "0.0.0.0/0", gatewayId: "igw-1" }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a route into a table of another stack that the endpoint's subnet has",
    buildAwsStack(
      buildResource("aws:ec2/routeTableAssociation:RouteTableAssociation", "bound", "rtbassoc-9", {
        routeTableId: "rtb-9",
        subnetId: SUBNET,
      }),
    ),
    buildAwsStack(
      buildResource("aws:ec2/routeTableAssociation:RouteTableAssociation", "bound", "rtbassoc-9", {
        routeTableId: "rtb-9",
        subnetId: SUBNET,
      }),
      buildResource("aws:ec2/route:Route", "route", "", { routeTableId: "rtb-9", destinationCidrBlock: half, transitGatewayId: "tgw-1" }),
    ),
    "needsReview",
    ["private-path-routed route"],
  ],
  [
    "a route into a table of another stack, where the endpoint's subnet has one of this stack",
    buildAwsStack(...buildTable({ transitGatewayId: "tgw-1" })),
    buildAwsStack(
      ...buildTable({ transitGatewayId: "tgw-1" }),
      buildResource("aws:ec2/route:Route", "route", "", { routeTableId: "rtb-9", destinationCidrBlock: half, transitGatewayId: "tgw-1" }),
    ),
    "approve",
  ],
  [
    "a network interface gets a group, by literal ids",
    buildAwsStack(),
    buildAwsStack(
      buildResource("aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment", "attached", "", {
        networkInterfaceId: "eni-1",
        securityGroupId: "sg-wide",
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a group opened that was attached to a network interface by a literal id",
    ...([inside, wider].map((cidr) =>
      buildAwsStack(
        buildResource("aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment", "attached", "a-1", {
          networkInterfaceId: "eni-1",
          securityGroupId: "sg-9",
        }),
        buildGroup(cidr, "other", "sg-9"),
      ),
    ) as [WrittenResource[], WrittenResource[]]),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a group opened that was associated with the endpoint",
    ...([inside, wider].map((cidr) =>
      buildAwsStack(
        buildResource("aws:ec2/securityGroupAssociation:SecurityGroupAssociation", "associated", "a-1", {
          vpcEndpointId: ENDPOINT,
          securityGroupId: "sg-9",
        }),
        buildGroup(cidr, "other", "sg-9"),
      ),
    ) as [WrittenResource[], WrittenResource[]]),
    "needsReview",
    ["private-path-widened other"],
  ],
  [
    "a group of the same network that no endpoint has opened",
    buildAwsStack(buildGroup(inside, "other", "sg-9")),
    buildAwsStack(buildGroup(wider, "other", "sg-9")),
    "approve",
  ],
  // One half only
  [
    "a group opened, where Neon's half names an endpoint of another stack",
    [buildProject(), assigned, buildGroup(inside)],
    [buildProject(), assigned, buildGroup(wider)],
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a group narrowed, where Neon's half names an endpoint of another stack",
    [buildProject(), assigned, buildGroup(wider)],
    [buildProject(), assigned, buildGroup(inside)],
    "approve",
  ],
  [
    "a group opened at an endpoint to Neon's service, without Neon's half",
    [buildGroup(inside), buildEndpoint({ serviceName: NEON_SERVICE })],
    [buildGroup(wider), buildEndpoint({ serviceName: NEON_SERVICE })],
    "needsReview",
    ["private-path-widened group"],
    UNCLEAR,
  ],
  [
    "a group opened at an endpoint of which nothing tells the service, beside a project",
    [buildProject(), buildGroup(inside), buildEndpoint()],
    [buildProject(), buildGroup(wider), buildEndpoint()],
    "needsReview",
    ["private-path-widened group"],
    UNCLEAR,
  ],
  [
    "a group opened at an endpoint to S3, beside a project",
    [buildProject(), buildGroup(inside), buildEndpoint({ serviceName: "com.amazonaws.eu-central-1.s3" })],
    [buildProject(), buildGroup(wider), buildEndpoint({ serviceName: "com.amazonaws.eu-central-1.s3" })],
    "approve",
    ["private-path-widened group"],
  ],
  [
    "a wide endpoint comes in that is assigned already",
    [buildProject(), assigned, buildGroup(inside)],
    [buildProject(), assigned, buildGroup(wider), buildEndpoint()],
    "needsReview",
    ["private-path-widened group"],
    UNCLEAR,
  ],
  [
    "a second endpoint to Neon's service, open to more",
    buildAwsStack(),
    buildAwsStack(buildGroup(wider, "wide", ""), {
      ...buildEndpoint({ serviceName: NEON_SERVICE, securityGroupIds: [UNKNOWN] }, "second", ""),
      origins: { securityGroupIds: ["wide"] },
    }),
    "needsReview",
    ["private-path-widened wide"],
    UNCLEAR,
  ],
  [
    "a second endpoint to Neon's service, guarded by a group of another stack",
    buildAwsStack(),
    buildAwsStack(buildEndpoint({ serviceName: NEON_SERVICE, securityGroupIds: ["sg-9"] }, "second", "")),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "Azure: a group opened at an endpoint of which nothing tells the GUID",
    buildAzureStack(undefined, inside),
    buildAzureStack(undefined, wider),
    "needsReview",
    ["private-path-widened door"],
    UNCLEAR,
  ],
  // What was not read
  [
    "a route to the same addresses by another gateway",
    buildAwsStack(...buildTable({ transitGatewayId: "tgw-1" })),
    buildAwsStack(...buildTable({ transitGatewayId: "tgw-2" })),
    "needsReview",
    ["private-path-routed table"],
  ],
  [
    "Azure: a route of the endpoint's subnet",
    buildAzureStack(GUID, inside, buildResource("azure-native:network:RouteTable", "table", azureTable, { routes: [] })),
    buildAzureStack(
      GUID,
      inside,
      buildResource("azure-native:network:RouteTable", "table", azureTable, {
        routes: [{ name: "on", addressPrefix: half, nextHopType: "VirtualNetworkGateway" }],
      }),
    ),
    "needsReview",
    ["private-path-routed table"],
  ],
  [
    "Azure: a route of its own into the table of the endpoint's subnet",
    buildAzureStack(GUID, inside, buildResource("azure-native:network:RouteTable", "table", azureTable, { routes: [] })),
    buildAzureStack(
      GUID,
      inside,
      buildResource("azure-native:network:RouteTable", "table", azureTable, { routes: [] }),
      buildResource("azure-native:network:Route", "route", "", {
        routeTableName: "Table",
        addressPrefix: half,
        nextHopType: "VirtualNetworkGateway",
      }),
    ),
    "needsReview",
    ["private-path-routed route"],
  ],
  [
    "Azure: the endpoint's network is peered, by its name in capitals",
    buildAzureStack(GUID, inside),
    buildAzureStack(GUID, inside, buildAzurePeering("NET")),
    "needsReview",
    ["network-peered peering"],
  ],
  ["Azure: another network is peered", buildAzureStack(GUID, inside), buildAzureStack(GUID, inside, buildAzurePeering("net9")), "approve"],
  [
    "Azure: a rule of a network manager, which goes before those of groups",
    buildAzureStack(GUID, inside),
    buildAzureStack(
      GUID,
      inside,
      buildResource("azure-native:network:AdminRule", "rule", "", {
        networkManagerName: "manager",
        access: "AlwaysAllow",
        direction: "Inbound",
      }),
    ),
    "needsReview",
    [],
    UNCLEAR,
  ],
  // Names
  [
    "Azure: the zone group of the endpoint goes to another zone",
    ...(["germanywestcentral.azure.neon.tech", "shop.example"].map((zone) =>
      buildAzureStack(
        GUID,
        inside,
        buildResource("azure-native:network:PrivateDnsZoneGroup", "zones", "/s/0/pe/way/zones", {
          privateEndpointName: "Way",
          privateDnsZoneConfigs: [{ name: "neon", privateDnsZoneId: `/s/0/zones/${zone}` }],
        }),
      ),
    ) as [WrittenResource[], WrittenResource[]]),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "Azure: a private record of Neon's hosts leads elsewhere",
    buildAzureStack(GUID, inside, buildAzureRecord("germanywestcentral.azure.neon.tech", "10.0.0.9")),
    buildAzureStack(GUID, inside, buildAzureRecord("germanywestcentral.azure.neon.tech", "10.6.6.6")),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "Azure: a private record of another service leads elsewhere",
    buildAzureStack(GUID, inside, buildAzureRecord("privatelink.blob.core.windows.net", "10.0.0.9")),
    buildAzureStack(GUID, inside, buildAzureRecord("privatelink.blob.core.windows.net", "10.6.6.6")),
    "approve",
  ],
  [
    "a record of Neon's hosts leads elsewhere",
    buildAwsStack(buildRecord("*.eu-central-1.aws.neon.tech", "Z1", ["10.0.0.9"])),
    buildAwsStack(buildRecord("*.eu-central-1.aws.neon.tech", "Z1", ["10.6.6.6"])),
    "needsReview",
    [],
    UNCLEAR,
  ],
  [
    "a record of the shop's own site leads elsewhere",
    buildAwsStack(buildRecord("www.shop.example", "Z1", ["192.0.2.9"])),
    buildAwsStack(buildRecord("www.shop.example", "Z1", ["192.0.2.10"])),
    "approve",
  ],
  // Locked out
  [
    "a lock-out accepted at birth, before anything closes",
    [],
    [{ ...buildProject({ allow: "listed", ranges: ["203.0.113.0/24"], acceptLockOut: true }), id: "" }],
    "needsReview",
    ["lock-out-accepted shop", "new-branch shop/main"],
  ],
  [
    "private endpoints blocked beside a public block, where one was accepted",
    [buildProject({ allow: "nobody", privateEndpoints: "allowed" }), assigned],
    [buildProject({ allow: "nobody", privateEndpoints: "blocked" }), assigned],
    "block",
    ["locked-out shop", "private-access-narrowed shop/main"],
  ],
]);
