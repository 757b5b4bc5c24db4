export { type CommonArgs, NeonResource } from "./resource.js";
export { ProtectedBranch, type ProtectedBranchArgs } from "./protectedBranch.js";
export * from "./resources/index.js";
