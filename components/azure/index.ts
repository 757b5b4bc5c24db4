export type { Child, Transform } from "../child.js";
export type { Tier } from "../tierBlocks.js";
export type { ProjectNetworkArgs, ProjectNetworkTransforms } from "../privateNetwork.js";
export { BackupStore, type BackupStoreArgs } from "./backupStore.js";
export { CustomerKey, type CustomerKeyArgs } from "./customerKey.js";
export { PrivateNetwork, type PrivateNetworkArgs } from "./privateNetwork.js";
export { SegmentedVnet, type SegmentedVnetArgs } from "./segmentedVnet.js";
