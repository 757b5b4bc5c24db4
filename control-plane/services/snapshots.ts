import type { Branch } from "@palisade/neon/contract/wire/branch";
import { inheritContents } from "./roles.js";
import { reinstateTarget } from "../domain/snapshots.js";
import { omit } from "../domain/values.js";
import type { IdGenerator } from "../idGenerator.js";
import type { StoredProject, StoredSnapshot } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { Step } from "../domain/actions.js";

/** The snapshot, and with it the roles and databases of its source; the step makes its data. */
export function putSnapshot(
  tx: Tx,
  project: StoredProject,
  source: Branch,
  snapshot: StoredSnapshot,
  at: string,
  ids: IdGenerator,
): Step[] {
  tx.put("snapshot", snapshot);
  // With the passwords of the source, whatever its protection: who may connect is settled when it is restored.
  inheritContents(tx, project, { id: source.id, protected: false }, { id: snapshot.id }, at, ids);
  return [{ action: "create_branch", branch_id: snapshot.id }];
}

/** Every trace of a snapshot but its data, which the step removes. */
export function removeSnapshot(tx: Tx, id: string): Step[] {
  for (const { name } of tx.list("role", { where: { branch: id } })) tx.remove("role", `${id}/${name}`);
  for (const database of tx.list("database", { where: { branch: id } })) tx.remove("database", String(database.id));
  tx.remove("snapshot", id);
  return [{ action: "delete_timeline", branch_id: id }];
}

/** Undoes the finalizing of a restored branch that could not be made: its target has name, computes and backups again. */
export function revertFinalizedRestore(tx: Tx, restored: Branch, at: string): void {
  const target = restored.restored_as === undefined ? undefined : tx.get("branch", restored.restored_as);
  if (restored.restore_status !== "finalized" || !target) return;
  tx.put("branch", reinstateTarget(target, restored, at));
  // Asleep, until somebody connects: the starts that were queued are those of the branch that is not there.
  for (const compute of tx.list("endpoint", { where: { branch: restored.id } }))
    tx.put("endpoint", { ...omit(compute, "pending_state"), branch_id: target.id, current_state: "idle", updated_at: at });
  const schedule = tx.get("backup_schedule", restored.id);
  if (!schedule) return;
  tx.remove("backup_schedule", restored.id);
  tx.put("backup_schedule", { ...schedule, branch_id: target.id });
}
