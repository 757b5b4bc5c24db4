import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DeleteInternetGatewayCommand,
  DeleteRouteCommand,
  DescribeInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DetachInternetGatewayCommand,
  type EC2Client,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import type { KindDouble } from "../double.js";
import { type Properties, textOf } from "../values.js";
import { unlessGone } from "./clients.js";
import { readTags, setTags, tagsAtCreate } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { onlyThese } from "./validation.js";

/** `aws:ec2/internetGateway:InternetGateway` by calls of EC2. */
export const internetGatewayKind = (ec2: EC2Client, region: string): KindDouble => {
  const read = async (id: string): Promise<Properties | undefined> => {
    const found = await unlessGone(ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })));
    const gateway = found?.InternetGateways?.[0];
    const arn = `arn:aws:ec2:${region}:${gateway?.OwnerId ?? ""}:internet-gateway/${id}`;
    return gateway && { arn, ownerId: gateway.OwnerId, region, vpcId: gateway.Attachments?.[0]?.VpcId, ...readTags(gateway.Tags) };
  };
  return {
    replacedBy: ["vpcId"],
    validate: onlyThese("region", "tags", "vpcId"),
    create: async (inputs, made) => {
      const TagSpecifications = tagsAtCreate("internet-gateway", inputs);
      const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({ TagSpecifications }));
      const id = InternetGateway?.InternetGatewayId ?? "";
      made(id);
      await attach(ec2, id, inputs, {});
      return id;
    },
    read,
    update: async (id, inputs, live) => {
      await attach(ec2, id, inputs, live);
      await setTags(ec2, id, inputs, live);
    },
    delete: async (id) => {
      const VpcId = textOf((await read(id))?.["vpcId"]);
      if (VpcId !== undefined) await unlessGone(ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId })));
      await unlessGone(ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })));
    },
    refreshInputs: refreshRecorded,
  };
};

async function attach(ec2: EC2Client, InternetGatewayId: string, { vpcId }: Properties, live: Properties): Promise<void> {
  const VpcId = textOf(vpcId);
  if (VpcId !== undefined && VpcId !== live["vpcId"]) await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
}

/** `aws:ec2/route:Route` by calls of EC2: of IPv4, to a gateway. */
export const routeKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["destinationCidrBlock", "routeTableId"],
  validate: onlyThese("destinationCidrBlock", "gatewayId", "natGatewayId", "region", "routeTableId"),
  create: async (inputs) => {
    await ec2.send(new CreateRouteCommand(routeOf(inputs)));
    return `${textOf(inputs["routeTableId"]) ?? ""}_${textOf(inputs["destinationCidrBlock"]) ?? ""}`;
  },
  read: async (id) => {
    const { RouteTableId, DestinationCidrBlock } = partsOf(id);
    const found = await unlessGone(ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] })));
    const routes = found?.RouteTables?.[0]?.Routes ?? [];
    const route = routes.find((one) => one.DestinationCidrBlock === DestinationCidrBlock);
    if (route === undefined) return undefined;
    const { GatewayId, NatGatewayId, Origin, State } = route;
    return {
      ...{ destinationCidrBlock: DestinationCidrBlock, routeTableId: RouteTableId, region },
      ...{ gatewayId: GatewayId, natGatewayId: NatGatewayId, origin: Origin, state: State },
    };
  },
  update: async (_, inputs) => {
    await ec2.send(new ReplaceRouteCommand(routeOf(inputs)));
  },
  delete: async (id) => {
    await unlessGone(ec2.send(new DeleteRouteCommand(partsOf(id))));
  },
  refreshInputs: refreshRecorded,
});

const routeOf = (inputs: Properties) => ({
  RouteTableId: textOf(inputs["routeTableId"]),
  DestinationCidrBlock: textOf(inputs["destinationCidrBlock"]),
  GatewayId: textOf(inputs["gatewayId"]),
  NatGatewayId: textOf(inputs["natGatewayId"]),
});

/** Of `rtb-0123_10.0.0.0/16`. */
function partsOf(id: string): { RouteTableId: string; DestinationCidrBlock: string } {
  const [RouteTableId = "", DestinationCidrBlock = ""] = id.split("_");
  return { RouteTableId, DestinationCidrBlock };
}
