import { omitUndefined } from "@palisade/neon/contract/values";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Role } from "@palisade/neon/contract/wire/role";
import { type RoleWithPassword, inheritRole } from "../domain/roles.js";
import type { IdGenerator } from "../idGenerator.js";
import { formatVerifier, computeVerifier } from "../passwords/scram.js";
import { type StoredProject, formatRoleId } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { listOpenAccess } from "./temporaryAccess.js";

/** A project that stores no passwords shows them once and keeps what checks them. */
export function putRole(tx: Tx, project: StoredProject, { role, password, verifier }: RoleWithPassword): void {
  const checks = verifier ?? (password === undefined ? undefined : formatVerifier(computeVerifier(password)));
  if (checks === undefined) tx.put("role", role);
  else tx.put("role", role, { verifier: checks, ...(project.store_passwords && omitUndefined({ password })) });
}

export const findPassword = (tx: Tx, role: Role): string | undefined =>
  tx.getSealed("role", formatRoleId(role.branch_id, role.name))?.password;

export const listRoles = (tx: Tx, branchId: string): RoleWithPassword[] =>
  tx.list("role", { where: { branch: branchId } }).map((role) => ({ ...tx.getSealed("role", formatRoleId(branchId, role.name)), role }));

/** What a copy of the branch begins with: temporary access is to one branch. */
export function listInheritedRoles(tx: Tx, branchId: string): RoleWithPassword[] {
  const temporary = new Set(listOpenAccess(tx, branchId).map(({ name }) => name));
  return listRoles(tx, branchId).filter(({ role }) => !temporary.has(role.name));
}

/** Roles that are not there must show the same salt at two branches exactly where roles that are there do. */
export const getSalts = (tx: Tx, branchId: string): string => tx.getSealed("branch", branchId)?.salts ?? branchId;

export function setSalts(tx: Tx, branchId: string, salts: string): void {
  const branch = tx.get("branch", branchId);
  if (branch) tx.put("branch", branch, { ...tx.getSealed("branch", branchId), salts });
}

/** A branch begins with the roles and databases of its parent. */
export function inheritContents(
  tx: Tx,
  project: StoredProject,
  parent: Pick<Branch, "id" | "protected">,
  branch: Pick<Branch, "id">,
  at: string,
  ids: IdGenerator,
) {
  const roles = listInheritedRoles(tx, parent.id).map((role) => inheritRole(role, parent.protected, branch.id, at, ids));
  const databases = tx
    .list("database", { where: { branch: parent.id }, order: "name" })
    .map((database) => ({ ...database, id: tx.createNumber(), branch_id: branch.id, created_at: at, updated_at: at }));
  for (const role of roles) putRole(tx, project, role);
  setSalts(tx, branch.id, parent.protected ? branch.id : getSalts(tx, parent.id));
  for (const database of databases) tx.put("database", database);
  return { roles, databases };
}
