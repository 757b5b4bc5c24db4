export {
  type ConnectionArgs,
  type ConnectionForm,
  connectionString,
  type NodePostgresConfig,
  type PostgresJsOptions,
} from "./connectionString.js";
export type { ConnectionClient } from "../contract/connection.js";
export { type CommonArgs, NeonResource } from "./resource.js";
export { ProtectedBranch, type ProtectedBranchArgs } from "./protectedBranch.js";
export * from "./resources/index.js";
