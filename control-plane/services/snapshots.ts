import type { Branch } from "@palisade/neon/contract/wire/branch";
import { inherit } from "./roles.js";
import { reinstated } from "../domain/snapshots.js";
import { without } from "../domain/values.js";
import type { Mint } from "../mint.js";
import type { StoredProject, StoredSnapshot } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { Step } from "../domain/actions.js";

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

/** Undoes the finalizing of a restored branch that could not be made: its target has name, computes and backups again. */
export function giveBack(tx: Tx, restored: Branch, at: string): void {
  const target = restored.restored_as === undefined ? undefined : tx.get("branch", restored.restored_as);
  if (restored.restore_status !== "finalized" || !target) return;
  tx.put("branch", reinstated(target, restored, at));
  // Asleep, until somebody connects: the starts that were queued are those of the branch that is not there.
  for (const compute of tx.list("endpoint", { where: { branch: restored.id } }))
    tx.put("endpoint", { ...without(compute, "pending_state"), branch_id: target.id, current_state: "idle", updated_at: at });
  const schedule = tx.get("backup_schedule", restored.id);
  if (!schedule) return;
  tx.drop("backup_schedule", restored.id);
  tx.put("backup_schedule", { ...schedule, branch_id: target.id });
}
