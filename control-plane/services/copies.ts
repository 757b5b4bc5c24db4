import { inherited } from "../domain/roles.js";
import type { Mint } from "../mint.js";
import { roleId, type StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { keepSalts, putRole, rolesOf, saltsOf } from "./roles.js";

/** Where and when it happens. */
interface Restoring {
  readonly tx: Tx;
  readonly at: string;
  readonly mint: Mint;
  readonly project: StoredProject;
}

/** The state that is preserved keeps its roles, with their passwords, and its databases. */
export function copyContents({ tx, at, mint, project }: Restoring, from: string, to: string): void {
  for (const role of rolesOf(tx, from)) putRole(tx, project, inherited(role, false, to, at, mint));
  for (const database of tx.list("database", { where: { branch: from } }))
    tx.put("database", { ...database, id: tx.number(), branch_id: to });
}

/** A reset brings the roles and databases of the source. From a protected source a role that is there already keeps its password. */
export function takeContents(call: Restoring, from: string, fromProtected: boolean, to: string): void {
  const { tx, at, mint, project } = call;
  if (!fromProtected) keepSalts(tx, to, saltsOf(tx, from));
  const own = new Map(rolesOf(tx, to).map((each) => [each.role.name, each]));
  for (const name of own.keys()) tx.drop("role", roleId(to, name));
  for (const role of rolesOf(tx, from)) {
    const kept = fromProtected ? own.get(role.role.name) : undefined;
    putRole(tx, project, kept ?? inherited(role, fromProtected, to, at, mint));
  }
  // One of the same name stays the same database: a reset that fails must not have it dropped as one that is gone.
  const before = new Map(tx.list("database", { where: { branch: to } }).map(({ name, id }) => [name, id]));
  for (const id of before.values()) tx.drop("database", String(id));
  for (const database of tx.list("database", { where: { branch: from } }))
    tx.put("database", { ...database, id: before.get(database.name) ?? tx.number(), branch_id: to });
}
