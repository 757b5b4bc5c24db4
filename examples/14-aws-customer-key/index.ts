import * as neon from "@palisade/neon";
import { CustomerKey } from "@palisade/neon/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
// Whose it is, what it holds or guards, and how long its records are kept: findings are asked for by tag.
const tags = { dataClass: "confidential", owner: "platform@example.com", retention: "400d" };

const shop = new neon.Project("shop", {
  name: "shop",
  regionId: "aws-eu-central-1",
  network: { allow: "listed", ranges: ["203.0.113.0/24"] },
});

// The key, an alias, and the project under it. One role may use the key, for this project's data alone; whoever disables it ends that.
const key = new CustomerKey("shop", {
  tags,
  projectId: shop.projectId,
  organizationId: config.require("organizationId"),
  userRoleArn: config.require("userRoleArn"),
  administrators: config.getObject<string[]>("administrators") ?? [],
});

export const projectId = shop.projectId;
export const keyArn = key.keyArn;
export const keyAlias = key.aliasName;
export const state = key.state;
