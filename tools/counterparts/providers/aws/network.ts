import {
  AssociateRouteTableCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DisassociateRouteTableCommand,
  type EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  type Tenancy,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../providerDouble.js";
import { isKnown, type Properties, findText } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { setTags, buildTagSpecifications } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

/** `aws:ec2/vpc:Vpc` by calls of EC2. IPv6 and address pools are not taken. */
export const createVpcKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["cidrBlock", "instanceTenancy"],
  defaults: { enableDnsSupport: true, instanceTenancy: "default" },
  validate: allowOnly("cidrBlock", "enableDnsHostnames", "enableDnsSupport", "instanceTenancy", "region", "tags"),
  create: async (inputs, made) => {
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: findText(inputs["cidrBlock"]),
        InstanceTenancy: findText(inputs["instanceTenancy"]) as Tenancy,
        TagSpecifications: buildTagSpecifications("vpc", inputs),
      }),
    );
    const id = Vpc?.VpcId ?? "";
    made(id);
    await setDns(ec2, id, inputs, {});
    return id;
  },
  read: async (id) => {
    const found = await ignoreNotFound(ec2.send(new DescribeVpcsCommand({ VpcIds: [id] })));
    const vpc = found?.Vpcs?.[0];
    if (vpc === undefined) return undefined;
    const [support, hostnames] = await Promise.all([
      ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsSupport" })),
      ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsHostnames" })),
    ]);
    return {
      arn: `arn:aws:ec2:${region}:${vpc.OwnerId ?? ""}:vpc/${id}`,
      cidrBlock: vpc.CidrBlock,
      enableDnsHostnames: hostnames.EnableDnsHostnames?.Value === true,
      enableDnsSupport: support.EnableDnsSupport?.Value === true,
      instanceTenancy: vpc.InstanceTenancy,
      ownerId: vpc.OwnerId,
      region,
      ...readTags(vpc.Tags),
    };
  },
  update: async (id, inputs, live) => {
    await setDns(ec2, id, inputs, live);
    await setTags(ec2, id, inputs, live);
  },
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteVpcCommand({ VpcId: id })));
  },
  refreshInputs: refreshRecorded,
});

async function setDns(ec2: EC2Client, VpcId: string, inputs: Properties, live: Properties): Promise<void> {
  const { enableDnsSupport, enableDnsHostnames } = inputs;
  if (isKnown(enableDnsSupport) && enableDnsSupport !== live["enableDnsSupport"])
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: enableDnsSupport === true } }));
  if (isKnown(enableDnsHostnames) && enableDnsHostnames !== live["enableDnsHostnames"])
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: enableDnsHostnames === true } }));
}

/** `aws:ec2/subnet:Subnet` by calls of EC2. IPv6 is not taken. */
export const createSubnetKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["availabilityZone", "cidrBlock", "vpcId"],
  defaults: { mapPublicIpOnLaunch: false },
  validate: allowOnly("availabilityZone", "cidrBlock", "mapPublicIpOnLaunch", "region", "tags", "vpcId"),
  create: async (inputs, made) => {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: findText(inputs["vpcId"]),
        CidrBlock: findText(inputs["cidrBlock"]),
        AvailabilityZone: findText(inputs["availabilityZone"]),
        TagSpecifications: buildTagSpecifications("subnet", inputs),
      }),
    );
    const id = Subnet?.SubnetId ?? "";
    made(id);
    await setPublicIps(ec2, id, inputs, { mapPublicIpOnLaunch: false });
    return id;
  },
  read: async (id) => {
    const found = await ignoreNotFound(ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] })));
    const subnet = found?.Subnets?.[0];
    return (
      subnet && {
        arn: subnet.SubnetArn ?? `arn:aws:ec2:${region}:${subnet.OwnerId ?? ""}:subnet/${id}`,
        availabilityZone: subnet.AvailabilityZone,
        cidrBlock: subnet.CidrBlock,
        mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch === true,
        ownerId: subnet.OwnerId,
        region,
        vpcId: subnet.VpcId,
        ...readTags(subnet.Tags),
      }
    );
  },
  update: async (id, inputs, live) => {
    await setPublicIps(ec2, id, inputs, live);
    await setTags(ec2, id, inputs, live);
  },
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteSubnetCommand({ SubnetId: id })));
  },
  refreshInputs: refreshRecorded,
});

async function setPublicIps(ec2: EC2Client, SubnetId: string, inputs: Properties, live: Properties): Promise<void> {
  const Value = inputs["mapPublicIpOnLaunch"] === true;
  if (Value !== live["mapPublicIpOnLaunch"]) await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value } }));
}

/** `aws:ec2/routeTable:RouteTable` by calls of EC2, without routes: those are not taken. */
export const createRouteTableKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["vpcId"],
  validate: allowOnly("region", "tags", "vpcId"),
  create: async (inputs) => {
    const TagSpecifications = buildTagSpecifications("route-table", inputs);
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: findText(inputs["vpcId"]), TagSpecifications }));
    return RouteTable?.RouteTableId ?? "";
  },
  read: async (id) => {
    const found = await ignoreNotFound(ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] })));
    const table = found?.RouteTables?.[0];
    const arn = `arn:aws:ec2:${region}:${table?.OwnerId ?? ""}:route-table/${id}`;
    return table && { arn, ownerId: table.OwnerId, region, vpcId: table.VpcId, ...readTags(table.Tags) };
  },
  update: (id, inputs, live) => setTags(ec2, id, inputs, live),
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteRouteTableCommand({ RouteTableId: id })));
  },
  refreshInputs: refreshRecorded,
});

/** `aws:ec2/routeTableAssociation:RouteTableAssociation` by calls of EC2, of subnets alone. */
export const createRouteTableAssociationKind = (ec2: EC2Client, region: string): KindDouble => ({
  // AWS leads one to another table under another id.
  replacedBy: ["routeTableId", "subnetId"],
  validate: allowOnly("region", "routeTableId", "subnetId"),
  create: async ({ routeTableId, subnetId }) => {
    const call = new AssociateRouteTableCommand({ RouteTableId: findText(routeTableId), SubnetId: findText(subnetId) });
    return (await ec2.send(call)).AssociationId ?? "";
  },
  read: async (id) => {
    const Filters = [{ Name: "association.route-table-association-id", Values: [id] }];
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ Filters }));
    const associations = RouteTables.flatMap(({ Associations = [] }) => Associations);
    const found = associations.find(({ RouteTableAssociationId }) => RouteTableAssociationId === id);
    return found && { region, routeTableId: found.RouteTableId, subnetId: found.SubnetId };
  },
  update: () => Promise.resolve(),
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DisassociateRouteTableCommand({ AssociationId: id })));
  },
  refreshInputs: refreshRecorded,
});
