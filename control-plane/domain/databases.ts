import { hasControlCharacter, isReservedDatabase } from "@palisade/neon/contract/names";
import type { Database } from "@palisade/neon/contract/wire/database";
import type { Role } from "@palisade/neon/contract/wire/role";
import { DATABASES_LIMIT } from "./plans.js";
import { Refusal } from "./refusals.js";
import { NAME_BYTES, countBytes } from "./values.js";

export function createDatabase(id: number, branchId: string, name: string, owner: Pick<Role, "name">, at: string): Database {
  if (hasControlCharacter(name)) throw new Refusal("nameNotPrintable", { name: JSON.stringify(name) });
  if (isReservedDatabase(name)) throw new Refusal("databaseNameReserved", { database: name });
  if (countBytes(name) > NAME_BYTES) throw new Refusal("nameTooLong", { name });
  return { id, branch_id: branchId, name, owner_name: owner.name, created_at: at, updated_at: at };
}

export function assertDatabaseNew(name: string, existing: Database | undefined): void {
  if (existing) throw new Refusal("databaseExists", { database: name });
}

/** @param count of databases the branch has already */
export function assertDatabaseFits(count: number): void {
  if (count >= DATABASES_LIMIT) throw new Refusal("databasesLimit", { max: DATABASES_LIMIT });
}

/** With another name, another owner, or both. */
export const updateDatabase = (database: Database, name: string, owner: Role, at: string): Database => ({
  ...createDatabase(database.id, database.branch_id, name, owner, at),
  created_at: database.created_at,
});
