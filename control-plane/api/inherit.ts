import type { Branch } from "@palisade/neon/contract/wire/branch";
import { inherited } from "../domain/roles.js";
import type { Mint } from "../mint.js";
import type { StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { putRole, rolesOf } from "./passwords.js";

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
  for (const database of databases) tx.put("database", database);
  return { roles, databases };
}
