import type { Role } from "@palisade/neon/contract/wire/role";
import type { RoleWithPassword } from "../domain/roles.js";
import { given } from "../domain/values.js";
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

/** The answer of a call that made the password. */
export const shownWithPassword = ({ role, password }: RoleWithPassword): Role => ({ ...role, ...(password !== undefined && { password }) });
