import { messageOf } from "@palisade/neon/contract/errors";
import { Refusal } from "../domain/refusals.js";
import { idOf } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { World } from "../world.js";
import { dropBranch } from "./effects.js";
import { enqueue } from "./enqueue.js";
import { removeBranch } from "../services/removeBranch.js";
import { removeSnapshot } from "../services/snapshots.js";
import { SnapshotSweep } from "./snapshotSweep.js";

/** Milliseconds. */
const INTERVAL_MS = 1_000;

/** What time does by itself: expired branches and snapshots are deleted, schedules make snapshots, and what nobody recovered is forgotten. */
export class Sweep {
  private running: Promise<void> = Promise.resolve();
  private readonly snapshots: SnapshotSweep;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly world: World) {
    this.snapshots = new SnapshotSweep(world);
    this.timer = setInterval(() => {
      this.now();
    }, INTERVAL_MS).unref();
  }

  /** Begins a round, after the one under way. */
  now(): void {
    this.running = this.running
      .then(() => this.round())
      .catch((error: unknown) => {
        this.world.log({ level: "error", event: "sweep-failed", error: messageOf(error) });
      });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async round(): Promise<void> {
    const { store, clock } = this.world;
    const at = clock.at();
    const expired = store.transaction((tx) => {
      forget(tx, at);
      return tx.list("branch", { due: { column: "expires_at", at } });
    });
    for (const { id, project_id } of expired) await this.expire(project_id, id);
    await this.snapshots.round(at);
  }

  /** A branch that a rule keeps alive, or whose project is busy, is looked at again in the next round. */
  private async expire(projectId: string, id: string): Promise<void> {
    const { store, clock, mint, gate, worker } = this.world;
    const remove = () => {
      store.transaction((tx) => {
        const branch = tx.get("branch", id);
        const project = tx.get("project", projectId);
        const at = clock.at();
        if (!branch || branch.recovery || !project || project.deleted_at !== undefined) return;
        if (branch.expires_at === undefined || Date.parse(branch.expires_at) > Date.parse(at)) return;
        enqueue(tx, clock, mint, projectId, removeBranch(tx, branch, "ttl", at).steps);
      });
      worker.wake(projectId);
    };
    await gate.run(projectId, remove).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
    });
  }
}

/** What goes with a project, besides its branches and operations. */
const OF_PROJECT = [
  "api_key",
  "vpc_restriction",
  "path_challenge",
  "project_permission",
  "project_role",
  "jwks",
  "transfer_request",
  "backup_schedule",
  "customer_managed_key",
] as const;

function forget(tx: Tx, at: string): void {
  const due = { due: { column: "recoverable_until", at }, deleted: "only" } as const;
  for (const { id } of tx.list("branch", due)) dropBranch(tx, id);
  for (const { id } of tx.list("project", due)) {
    for (const branch of tx.list("branch", { where: { project: id }, deleted: "with" })) dropBranch(tx, branch.id);
    for (const snapshot of tx.list("snapshot", { where: { project: id } })) removeSnapshot(tx, snapshot.id);
    for (const kind of OF_PROJECT) for (const each of tx.list(kind, { where: { project: id } })) tx.drop(kind, idOf[kind](each as never));
    tx.pruneOperations(id, 0);
    tx.drop("project", id);
  }
}
