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
import type { KindDouble } from "../providerDouble.js";
import { type Properties, findText } from "../values.js";
import { ignoreNotFound } from "./clients.js";
import { setTags, buildTagSpecifications } from "./ec2Tags.js";
import { refreshRecorded } from "./refresh.js";
import { readTags } from "./tagLists.js";
import { allowOnly } from "./validation.js";

/** `aws:ec2/internetGateway:InternetGateway` by calls of EC2. */
export const createInternetGatewayKind = (ec2: EC2Client, region: string): KindDouble => {
  const read = async (id: string): Promise<Properties | undefined> => {
    const found = await ignoreNotFound(ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })));
    const gateway = found?.InternetGateways?.[0];
    const arn = `arn:aws:ec2:${region}:${gateway?.OwnerId ?? ""}:internet-gateway/${id}`;
    return gateway && { arn, ownerId: gateway.OwnerId, region, vpcId: gateway.Attachments?.[0]?.VpcId, ...readTags(gateway.Tags) };
  };
  return {
    replacedBy: ["vpcId"],
    validate: allowOnly("region", "tags", "vpcId"),
    create: async (inputs, made) => {
      const TagSpecifications = buildTagSpecifications("internet-gateway", inputs);
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
      const VpcId = findText((await read(id))?.["vpcId"]);
      if (VpcId !== undefined) await ignoreNotFound(ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId })));
      await ignoreNotFound(ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })));
    },
    refreshInputs: refreshRecorded,
  };
};

async function attach(ec2: EC2Client, InternetGatewayId: string, { vpcId }: Properties, live: Properties): Promise<void> {
  const VpcId = findText(vpcId);
  if (VpcId !== undefined && VpcId !== live["vpcId"]) await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
}

/** `aws:ec2/route:Route` by calls of EC2: of IPv4, to a gateway. */
export const createRouteKind = (ec2: EC2Client, region: string): KindDouble => ({
  replacedBy: ["destinationCidrBlock", "routeTableId"],
  validate: allowOnly("destinationCidrBlock", "gatewayId", "natGatewayId", "region", "routeTableId"),
  create: async (inputs) => {
    await ec2.send(new CreateRouteCommand(toRoute(inputs)));
    return `${findText(inputs["routeTableId"]) ?? ""}_${findText(inputs["destinationCidrBlock"]) ?? ""}`;
  },
  read: async (id) => {
    const { RouteTableId, DestinationCidrBlock } = parseId(id);
    const found = await ignoreNotFound(ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] })));
    const routes = found?.RouteTables?.[0]?.Routes ?? [];
    const route = routes.find((one) => one.DestinationCidrBlock === DestinationCidrBlock);
    if (route === undefined) return undefined;
    const { GatewayId, NatGatewayId, Origin, State } = route;
    return {
      destinationCidrBlock: DestinationCidrBlock,
      routeTableId: RouteTableId,
      region,
      gatewayId: GatewayId,
      natGatewayId: NatGatewayId,
      origin: Origin,
      state: State,
    };
  },
  update: async (_, inputs) => {
    await ec2.send(new ReplaceRouteCommand(toRoute(inputs)));
  },
  delete: async (id) => {
    await ignoreNotFound(ec2.send(new DeleteRouteCommand(parseId(id))));
  },
  refreshInputs: refreshRecorded,
});

const toRoute = (inputs: Properties) => ({
  RouteTableId: findText(inputs["routeTableId"]),
  DestinationCidrBlock: findText(inputs["destinationCidrBlock"]),
  GatewayId: findText(inputs["gatewayId"]),
  NatGatewayId: findText(inputs["natGatewayId"]),
});

/** Of `rtb-0123_10.0.0.0/16`. */
function parseId(id: string): { RouteTableId: string; DestinationCidrBlock: string } {
  const [RouteTableId = "", DestinationCidrBlock = ""] = id.split("_");
  return { RouteTableId, DestinationCidrBlock };
}
