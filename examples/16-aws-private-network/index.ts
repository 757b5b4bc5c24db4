import * as neon from "@palisade/neon";
import { PrivateNetwork, SegmentedVpc } from "@palisade/neon/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
// Whose it is, what it holds or guards, and how long its records are kept: findings are asked for by tag.
const tags = { dataClass: "confidential", owner: "platform@example.com", retention: "400d" };
const regionId = config.get("regionId") ?? "aws-eu-central-1";

// Closed to everyone until the private path stands: who may connect is said by the component below.
const shop = new neon.Project("shop", { name: "shop", regionId, network: { allow: "managedSeparately" } });

// Three tiers: the application in the private one, the endpoints in the one for data. Nothing is admitted from the internet.
const network = new SegmentedVpc("shop", { flowLogsBucketArn: config.require("flowLogsBucketArn"), tags });

// Endpoints, Neon's acceptance, private DNS, the project's restriction to the endpoints, and last the block of public access.
const privately = new PrivateNetwork("shop", {
  tags,
  projectId: shop.projectId,
  regionId,
  vpcId: network.vpcId,
  subnetIds: network.subnetIds.data,
  securityGroupIds: [network.securityGroupIds.data],
  allowFrom: { application: { securityGroupId: network.securityGroupIds.private } },
});

export const projectId = shop.projectId;
export const vpcId = network.vpcId;
export const applicationGroupId = network.securityGroupIds.private;
export const endpointIds = privately.endpointIds;
export const securityGroupId = privately.securityGroupId;
export const states = privately.states;
