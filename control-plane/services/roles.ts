import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { Role } from "@palisade/neon/contract/wire/role";
import { type RoleWithPassword, inherited } from "../domain/roles.js";
import { given } from "../domain/values.js";
import type { Mint } from "../mint.js";
import { formatVerifier, verifierOf } from "../passwords/scram.js";
import { type StoredProject, roleId } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** A project that stores no passwords shows them once and keeps what checks them. */
export function putRole(tx: Tx, project: StoredProject, { role, password, verifier }: RoleWithPassword): void {
  const checks = verifier ?? (password === undefined ? undefined : formatVerifier(verifierOf(password)));
  if (checks === undefined) tx.put("role", role);
  else tx.put("role", role, { verifier: checks, ...(project.store_passwords && given({ password })) });
}

export const passwordOf = (tx: Tx, role: Role): string | undefined => tx.sealed("role", roleId(role.branch_id, role.name))?.password;

export const rolesOf = (tx: Tx, branchId: string): RoleWithPassword[] =>
  tx.list("role", { where: { branch: branchId } }).map((role) => ({ ...tx.sealed("role", roleId(branchId, role.name)), role }));

/** Roles that are not there must show the same salt at two branches exactly where roles that are there do. */
export const saltsOf = (tx: Tx, branchId: string): string => tx.sealed("branch", branchId)?.salts ?? branchId;

export function keepSalts(tx: Tx, branchId: string, salts: string): void {
  const branch = tx.get("branch", branchId);
  if (branch) tx.put("branch", branch, { ...tx.sealed("branch", branchId), salts });
}

/** A branch begins with the roles and databases of its parent. */
export function inherit(
  tx: Tx,
  project: StoredProject,
  parent: Pick<Branch, "id" | "protected">,
  branch: Pick<Branch, "id">,
  at: string,
  mint: Mint,
) {
  const roles = rolesOf(tx, parent.id).map((role) => inherited(role, parent.protected, branch.id, at, mint));
  const databases = tx
    .list("database", { where: { branch: parent.id }, order: "name" })
    .map((database) => ({ ...database, id: tx.number(), branch_id: branch.id, created_at: at, updated_at: at }));
  for (const role of roles) putRole(tx, project, role);
  keepSalts(tx, branch.id, parent.protected ? branch.id : saltsOf(tx, parent.id));
  for (const database of databases) tx.put("database", database);
  return { roles, databases };
}
