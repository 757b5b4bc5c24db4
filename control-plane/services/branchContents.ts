import { inheritRole } from "../domain/roles.js";
import type { IdGenerator } from "../idGenerator.js";
import { formatRoleId, type StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { setSalts, putRole, listInheritedRoles, listRoles, getSalts } from "./roles.js";
import { endAccessOfRole } from "./temporaryAccess.js";

/** Where and when it happens. */
interface RestoreContext {
  readonly tx: Tx;
  readonly at: string;
  readonly ids: IdGenerator;
  readonly project: StoredProject;
}

/** The state that is preserved keeps its roles, with their passwords, and its databases. */
export function copyContents({ tx, at, ids, project }: RestoreContext, from: string, to: string): void {
  for (const role of listInheritedRoles(tx, from)) putRole(tx, project, inheritRole(role, false, to, at, ids));
  for (const database of tx.list("database", { where: { branch: from } }))
    tx.put("database", { ...database, id: tx.createNumber(), branch_id: to });
}

/** A reset brings the roles and databases of the source. From a protected source a role that is there already keeps its password. */
export function replaceContents(call: RestoreContext, from: string, fromProtected: boolean, to: string): void {
  const { tx, at, ids, project } = call;
  if (!fromProtected) setSalts(tx, to, getSalts(tx, from));
  // Without temporary ones: a standing role of such a name must not open with a password that was to end.
  const own = new Map(listInheritedRoles(tx, to).map((each) => [each.role.name, each]));
  for (const { role } of listRoles(tx, to)) {
    endAccessOfRole(tx, to, role.name, at);
    tx.remove("role", formatRoleId(to, role.name));
  }
  for (const role of listInheritedRoles(tx, from)) {
    const kept = fromProtected ? own.get(role.role.name) : undefined;
    putRole(tx, project, kept ?? inheritRole(role, fromProtected, to, at, ids));
  }
  // One of the same name stays the same database: a reset that fails must not have it dropped as one that is gone.
  const before = new Map(tx.list("database", { where: { branch: to } }).map(({ name, id }) => [name, id]));
  for (const id of before.values()) tx.remove("database", String(id));
  for (const database of tx.list("database", { where: { branch: from } }))
    tx.put("database", { ...database, id: before.get(database.name) ?? tx.createNumber(), branch_id: to });
}
