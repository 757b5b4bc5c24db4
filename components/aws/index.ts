export type { Child, Transform } from "../child.js";
export type { Tier } from "../tierBlocks.js";
export type { ProjectNetworkArgs, ProjectNetworkTransforms } from "../privateNetwork.js";
export { BackupStore, type BackupStoreArgs } from "./backupStore.js";
export { CustomerKey, type CustomerKeyArgs } from "./customerKey.js";
export { type EndpointSource, PrivateNetwork, type PrivateNetworkArgs } from "./privateNetwork.js";
export { SegmentedVpc, type SegmentedVpcArgs } from "./segmentedVpc.js";
export type { TierRuleTransforms } from "./tierRules.js";
