import type { Role } from "@palisade/neon/contract/wire/role";
import type { RoleWithPassword } from "../domain/roles.js";
import { type StoredProject, roleId } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** A project that stores no passwords shows them once and keeps none. */
export function putRole(tx: Tx, project: StoredProject, { role, password }: RoleWithPassword): void {
  if (password !== undefined && project.store_passwords) tx.put("role", role, { password });
  else tx.put("role", role);
}

export const passwordOf = (tx: Tx, role: Role): string | undefined => tx.sealed("role", roleId(role.branch_id, role.name))?.password;

export function rolesOf(tx: Tx, branchId: string): RoleWithPassword[] {
  return tx.list("role", { where: { branch: branchId } }).map((role) => {
    const password = passwordOf(tx, role);
    return { role, ...(password !== undefined && { password }) };
  });
}

/** The answer of a call that made the password. */
export const shownWithPassword = ({ role, password }: RoleWithPassword): Role => ({ ...role, ...(password !== undefined && { password }) });
