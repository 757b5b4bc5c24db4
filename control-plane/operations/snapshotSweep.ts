import { getRetentionSeconds } from "@palisade/neon/contract/wire/backupSchedule";
import { addSeconds, toTheSecond } from "../clock.js";
import { Refusal } from "../domain/refusals.js";
import { listDueItems, createSnapshot, findNextSnapshotTime } from "../domain/snapshots.js";
import type { Tx } from "../store/store.js";
import type { PlaneContext } from "../planeContext.js";
import type { Step } from "../domain/actions.js";
import { enqueue } from "./enqueue.js";
import { putSnapshot, removeSnapshot } from "../services/snapshots.js";

/** Time-driven work on snapshots: their expiry, which is also how a schedule's retention ends, and the schedules. */
export class SnapshotSweep {
  constructor(private readonly plane: PlaneContext) {}

  async run(at: string): Promise<void> {
    const { expired, due } = this.plane.store.transact((tx) => ({
      expired: tx.list("snapshot", { due: { column: "expires_at", at } }),
      due: tx.list("backup_schedule", { due: { column: "next_at", at } }),
    }));
    for (const { id, project_id } of expired)
      await this.changeProject(project_id, (tx) => {
        const snapshot = tx.get("snapshot", id);
        const isOver = snapshot?.expires_at !== undefined && Date.parse(snapshot.expires_at) <= Date.parse(at);
        return isOver ? removeSnapshot(tx, id) : [];
      });
    for (const { project_id, branch_id } of due) await this.changeProject(project_id, (tx) => this.createDueSnapshots(tx, branch_id, at));
  }

  /** One snapshot of each entry that came due, however often its time passed meanwhile. A deleted branch has none until it is recovered. */
  private createDueSnapshots(tx: Tx, branchId: string, at: string): Step[] {
    const { ids } = this.plane;
    const plan = tx.get("backup_schedule", branchId);
    const branch = tx.get("branch", branchId);
    const project = branch && tx.get("project", branch.project_id);
    if (!plan || !project || plan.next_at > at) return [];
    const next_at = findNextSnapshotTime(plan.schedule, at);
    if (next_at !== undefined) tx.put("backup_schedule", { ...plan, next_at });
    if (branch.recovery || branch.current_state === "init" || project.deleted_at !== undefined) return [];
    // An entry counts as due at the very instant that the schedule named.
    const since = new Date(Date.parse(plan.next_at) - 1).toISOString();
    return listDueItems(plan.schedule, since, at).flatMap((item) => {
      const asked = {
        name: `${branch.name} ${item.frequency} ${toTheSecond(at)}`,
        expires_at: addSeconds(at, getRetentionSeconds(item)),
      };
      return putSnapshot(tx, project, branch, createSnapshot(branch, asked, false, at, ids), at, ids);
    });
  }

  /** A busy project is looked at again in the next round. */
  private async changeProject(projectId: string, work: (tx: Tx) => Step[]): Promise<void> {
    const { store, clock, ids, callQueue, worker } = this.plane;
    const run = () => {
      store.transact((tx) => enqueue(tx, clock, ids, projectId, work(tx)));
      worker.wake(projectId);
    };
    await callQueue.run(projectId, run).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }
}
