import type { Branch } from "@palisade/neon/contract/wire/branch";
import { inherit } from "../api/inherit.js";
import type { Mint } from "../mint.js";
import type { StoredProject, StoredSnapshot } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { Step } from "./actions.js";

/** The snapshot, and with it the roles and databases of its source; the step makes its data. */
export function putSnapshot(tx: Tx, project: StoredProject, source: Branch, snapshot: StoredSnapshot, at: string, mint: Mint): Step[] {
  tx.put("snapshot", snapshot);
  // With the passwords of the source, whatever its protection: who may connect is settled when it is restored.
  inherit(tx, project, { id: source.id, protected: false }, { id: snapshot.id }, at, mint);
  return [{ action: "create_branch", branch_id: snapshot.id }];
}

/** Every trace of a snapshot but its data, which the step removes. */
export function removeSnapshot(tx: Tx, id: string): Step[] {
  for (const { name } of tx.list("role", { where: { branch: id } })) tx.drop("role", `${id}/${name}`);
  for (const database of tx.list("database", { where: { branch: id } })) tx.drop("database", String(database.id));
  tx.drop("snapshot", id);
  return [{ action: "delete_timeline", branch_id: id }];
}
