import * as neon from "@palisade/neon";
import { PrivateNetwork, SegmentedVnet } from "@palisade/neon/azure";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
// Whose it is, what it holds or guards, and how long its records are kept: findings are asked for by tag.
const tags = { dataClass: "confidential", owner: "platform@example.com", retention: "400d" };
const location = "germanywestcentral";
const regionId = "azure-gwc";

// Closed to everyone until the private path stands: who may connect is said by the component below.
const shop = new neon.Project("shop", { name: "shop", regionId, network: { allow: "managedSeparately" } });
const group = new resources.ResourceGroup("shop", { location, tags });

// Three tiers: the application in the private one, the endpoint in the one for data. Nothing is admitted from the internet.
const network = new SegmentedVnet("shop", {
  tags,
  resourceGroupName: group.name,
  location,
  flowLogsStorageId: config.require("flowLogsStorageId"),
});

// The endpoint, its acceptance, private DNS, the project's restriction to the endpoint, and last the block of public access.
const privately = new PrivateNetwork("shop", {
  tags,
  projectId: shop.projectId,
  regionId,
  resourceGroupName: group.name,
  location,
  virtualNetworkId: network.virtualNetworkId,
  subnetId: network.subnetIds.data,
});

export const projectId = shop.projectId;
export const endpointId = privately.endpointId;
export const hostNames = privately.hostNames;
export const states = privately.states;
