import { hasControlCharacter, isReservedRole } from "@palisade/neon/contract/names";
import { omitUndefined } from "@palisade/neon/contract/values";
import type { Database } from "@palisade/neon/contract/wire/database";
import type { Role } from "@palisade/neon/contract/wire/role";
import type { IdGenerator } from "../idGenerator.js";
import { ROLES_LIMIT } from "./plans.js";
import { Refusal } from "./refusals.js";
import { NAME_BYTES, countBytes } from "./values.js";

/** A role and the password that only its creation, a reset and a reveal ever show; none for a role that cannot log in. */
export interface RoleWithPassword {
  role: Role;
  password?: string;
  /** What Postgres and the proxy keep of the password; made from it where it is missing. */
  verifier?: string;
}

export function createRole(branchId: string, name: string, noLogin: boolean, at: string, ids: IdGenerator): RoleWithPassword {
  if (hasControlCharacter(name)) throw new Refusal("nameNotPrintable", { name: JSON.stringify(name) });
  if (isReservedRole(name)) throw new Refusal("roleNameReserved", { role: name });
  if (countBytes(name) > NAME_BYTES) throw new Refusal("nameTooLong", { name });
  const role: Role = { branch_id: branchId, name, protected: false, created_at: at, updated_at: at };
  if (noLogin) return { role: { ...role, authentication_method: "no_login" } };
  return { role: { ...role, authentication_method: "password" }, password: ids.createPassword() };
}

export function assertRoleNew(name: string, existing: Role | undefined, count: number): void {
  if (existing) throw new Refusal("roleExists", { role: name });
  if (count >= ROLES_LIMIT) throw new Refusal("rolesLimit", { max: ROLES_LIMIT });
}

/** The role of a parent, in its child. Of a protected parent the child gets a password of its own. */
export function inheritRole(
  parent: RoleWithPassword,
  parentProtected: boolean,
  branchId: string,
  at: string,
  ids: IdGenerator,
): RoleWithPassword {
  const role: Role = { ...parent.role, branch_id: branchId, created_at: at, updated_at: at };
  if (!canLogIn(role)) return { role };
  if (parentProtected) return { role, password: ids.createPassword() };
  return { ...omitUndefined({ password: parent.password, verifier: parent.verifier }), role };
}

export const canLogIn = (role: Role): boolean => role.authentication_method !== "no_login";

export function assertOwnsNothing(role: Role, databases: readonly Database[]): void {
  const owned = databases.find((database) => database.owner_name === role.name);
  if (owned) throw new Refusal("roleOwnsDatabase", { database: owned.name });
}

/** The answer of a call that made the password. */
export const addPassword = ({ role, password }: RoleWithPassword): Role => ({ ...role, ...(password !== undefined && { password }) });
