import { later, toTheSecond } from "../clock.js";
import { Refusal } from "../domain/refusals.js";
import { dueItems, newSnapshot, nextOf, retentionOf } from "../domain/snapshots.js";
import type { Tx } from "../store/store.js";
import type { World } from "../world.js";
import type { Step } from "../domain/actions.js";
import { enqueue } from "./enqueue.js";
import { putSnapshot, removeSnapshot } from "../services/snapshots.js";

/** What time does with snapshots: their expiry, which is also how a schedule's retention ends, and the schedules. */
export class SnapshotSweep {
  constructor(private readonly world: World) {}

  async round(at: string): Promise<void> {
    const { expired, due } = this.world.store.transaction((tx) => ({
      expired: tx.list("snapshot", { due: { column: "expires_at", at } }),
      due: tx.list("backup_schedule", { due: { column: "next_at", at } }),
    }));
    for (const { id, project_id } of expired)
      await this.change(project_id, (tx) => {
        const snapshot = tx.get("snapshot", id);
        const isOver = snapshot?.expires_at !== undefined && Date.parse(snapshot.expires_at) <= Date.parse(at);
        return isOver ? removeSnapshot(tx, id) : [];
      });
    for (const { project_id, branch_id } of due) await this.change(project_id, (tx) => this.scheduled(tx, branch_id, at));
  }

  /** One snapshot of each entry that came due, however often its time passed meanwhile. A deleted branch has none until it is recovered. */
  private scheduled(tx: Tx, branchId: string, at: string): Step[] {
    const { mint } = this.world;
    const plan = tx.get("backup_schedule", branchId);
    const branch = tx.get("branch", branchId);
    const project = branch && tx.get("project", branch.project_id);
    if (!plan || !project || plan.next_at > at) return [];
    const next_at = nextOf(plan.schedule, at);
    if (next_at !== undefined) tx.put("backup_schedule", { ...plan, next_at });
    if (branch.recovery || branch.current_state === "init" || project.deleted_at !== undefined) return [];
    // An entry counts as due at the very instant that the schedule named.
    const since = new Date(Date.parse(plan.next_at) - 1).toISOString();
    return dueItems(plan.schedule, since, at).flatMap((item) => {
      const asked = {
        name: `${branch.name} ${item.frequency} ${toTheSecond(at)}`,
        expires_at: later(at, retentionOf(item)),
      };
      return putSnapshot(tx, project, branch, newSnapshot(branch, asked, false, at, mint), at, mint);
    });
  }

  /** A busy project is looked at again in the next round. */
  private async change(projectId: string, work: (tx: Tx) => Step[]): Promise<void> {
    const { store, clock, mint, gate, worker } = this.world;
    const run = () => {
      store.transaction((tx) => enqueue(tx, clock, mint, projectId, work(tx)));
      worker.wake(projectId);
    };
    await gate.run(projectId, run).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }
}
