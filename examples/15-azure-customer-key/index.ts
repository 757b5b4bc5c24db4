import * as neon from "@palisade/neon";
import { CustomerKey } from "@palisade/neon/azure";
import * as resources from "@pulumi/azure-native/resources";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
// Whose it is, what it holds or guards, and how long its records are kept: findings are asked for by tag.
const tags = { dataClass: "confidential", owner: "platform@example.com", retention: "400d" };

const shop = new neon.Project("shop", {
  name: "shop",
  regionId: "azure-gwc",
  network: { allow: "listed", ranges: ["203.0.113.0/24"] },
});
const group = new resources.ResourceGroup("shop", { location: "germanywestcentral", tags });

// A vault, a key in it that wraps and unwraps alone, one role assignment at the key, and the project under it.
const key = new CustomerKey("shop", {
  tags,
  projectId: shop.projectId,
  resourceGroupName: group.name,
  vaultName: config.require("vaultName"),
  tenantId: config.require("tenantId"),
  principalId: config.require("principalId"),
});

export const projectId = shop.projectId;
export const vaultUrl = key.vaultUrl;
export const state = key.state;
