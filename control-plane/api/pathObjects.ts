import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Database } from "@palisade/neon/contract/wire/database";
import type { Role } from "@palisade/neon/contract/wire/role";
import { Refusal } from "../domain/refusals.js";
import { type StoredEndpoint, formatRoleId } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** What a path names, or Neon's 404 for it. */
export function getBranch(tx: Tx, projectId: string, id: string): Branch {
  const branch = tx.get("branch", id);
  if (branch?.project_id !== projectId || branch.recovery) throw new Refusal("branchNotFound");
  return branch;
}

export function getDefaultBranch(tx: Tx, projectId: string): Branch {
  const branch = tx.findFirst("branch", { where: { project: projectId, is_default: true } });
  if (!branch) throw new Refusal("branchNotFound");
  return branch;
}

export function getCompute(tx: Tx, projectId: string, id: string): StoredEndpoint {
  const compute = tx.get("endpoint", id);
  if (compute?.project_id !== projectId) throw new Refusal("endpointNotFound");
  return compute;
}

/** The one read-write compute of a branch, if it has one. */
export const findReadWriteCompute = (tx: Tx, branchId: string): StoredEndpoint | undefined =>
  tx.list("endpoint", { where: { branch: branchId } }).find(({ type }) => type === "read_write");

export function getRole(tx: Tx, branchId: string, name: string): Role {
  const role = tx.get("role", formatRoleId(branchId, name));
  if (!role) throw new Refusal("roleNotFound", { role: name, branch: branchId });
  return role;
}

export const findDatabase = (tx: Tx, branchId: string, name: string): Database | undefined =>
  tx.findFirst("database", { where: { branch: branchId, name }, order: "name" });

export function getDatabase(tx: Tx, branchId: string, name: string): Database {
  const database = findDatabase(tx, branchId, name);
  if (!database) throw new Refusal("databaseNotFound");
  return database;
}
