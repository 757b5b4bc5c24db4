import { formatErrorMessage } from "@palisade/neon/contract/errors";
import { Refusal } from "../domain/refusals.js";
import { documentIdByKind } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import type { PlaneContext } from "../planeContext.js";
import { removeBranchDocuments } from "./effects.js";
import { enqueue } from "./enqueue.js";
import { endDueAccess } from "./temporaryAccessEnd.js";
import { removeBranch } from "../services/removeBranch.js";
import { removeSnapshot } from "../services/snapshots.js";
import { SnapshotSweep } from "./snapshotSweep.js";

/** Milliseconds. */
const INTERVAL_MS = 1_000;

/** Time-driven work: temporary access ends, expired branches and snapshots are deleted, schedules make snapshots, and what was not recovered is removed. */
export class Sweep {
  private running: Promise<void> = Promise.resolve();
  private readonly snapshots: SnapshotSweep;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly plane: PlaneContext) {
    this.snapshots = new SnapshotSweep(plane);
    this.timer = setInterval(() => {
      this.startRound();
    }, INTERVAL_MS).unref();
  }

  /** Begins a round, after the one under way. */
  startRound(): void {
    this.running = this.running
      .then(() => this.runRound())
      .catch((error: unknown) => {
        this.plane.log({ level: "error", event: "sweep-failed", error: formatErrorMessage(error) });
      });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async runRound(): Promise<void> {
    const { store, clock } = this.plane;
    const at = clock.formatNow();
    const expired = store.transact((tx) => {
      removeUnrecoverable(tx, at);
      return tx.list("branch", { due: { column: "expires_at", at } });
    });
    for (const projectId of endDueAccess(this.plane, at)) this.plane.worker.wake(projectId);
    for (const { id, project_id } of expired) await this.expire(project_id, id);
    await this.snapshots.run(at);
  }

  /** A branch that a rule keeps alive, or whose project is busy, is looked at again in the next round. */
  private async expire(projectId: string, id: string): Promise<void> {
    const { store, clock, ids, callQueue, worker } = this.plane;
    const remove = () => {
      store.transact((tx) => {
        const branch = tx.get("branch", id);
        const project = tx.get("project", projectId);
        const at = clock.formatNow();
        if (!branch || branch.recovery || !project || project.deleted_at !== undefined) return;
        if (branch.expires_at === undefined || Date.parse(branch.expires_at) > Date.parse(at)) return;
        enqueue(tx, clock, ids, projectId, removeBranch(tx, branch, "ttl", at).steps);
      });
      worker.wake(projectId);
    };
    await callQueue.run(projectId, remove).catch((error: unknown) => {
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
  "temporary_access",
] as const;

function removeUnrecoverable(tx: Tx, at: string): void {
  const due = { due: { column: "recoverable_until", at }, deleted: "only" } as const;
  for (const { id } of tx.list("branch", due)) removeBranchDocuments(tx, id);
  for (const { id } of tx.list("project", due)) {
    for (const branch of tx.list("branch", { where: { project: id }, deleted: "with" })) removeBranchDocuments(tx, branch.id);
    for (const snapshot of tx.list("snapshot", { where: { project: id } })) removeSnapshot(tx, snapshot.id);
    for (const kind of OF_PROJECT)
      for (const each of tx.list(kind, { where: { project: id } })) tx.remove(kind, documentIdByKind[kind](each as never));
    tx.pruneOperations(id, 0);
    tx.remove("project", id);
  }
}
