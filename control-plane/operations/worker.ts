import { setTimeout as delay } from "node:timers/promises";
import { formatErrorMessage } from "@palisade/neon/contract/errors";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import type { Operation } from "@palisade/neon/contract/wire/common";
import { type Clock, addSeconds } from "../clock.js";
import { omit } from "../domain/values.js";
import type { Store } from "../store/store.js";
import type { Action } from "../domain/actions.js";
import { EFFECTS } from "./effects.js";

/** Runs of one operation before it counts as failed. */
const ATTEMPTS = 3;
/** Between two runs, times the number of failures; also before a queue whose bookkeeping failed is taken up again. Milliseconds. */
const RETRY_MS = 200;
/** Finished operations that stay readable in a project. Neon keeps them for about half a year. */
const KEPT_OPERATIONS = 1_000;

export interface WorkerOptions {
  store: Store;
  clock: Clock;
  /** The work outside the store. May be called again after a failure or a crash, so it must end in the same place however often it runs. */
  perform: (operation: Operation, signal: AbortSignal) => Promise<void>;
  /** Called whenever an operation of the project has ended. */
  onEnded: (projectId: string) => void;
  log: (line: PlaneLogLine) => void;
}

/** Works off each project's operations in order, one at a time; projects go on side by side. */
export class Worker {
  private readonly queues = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly options: WorkerOptions) {}

  /** Resumes what the last process left unfinished. */
  resume(): void {
    for (const projectId of this.options.store.transact((tx) => tx.listProjectsAtWork())) this.wake(projectId);
  }

  wake(projectId: string): void {
    if (this.stopping.signal.aborted || this.queues.has(projectId)) return;
    // Not at once: the queue must be registered before it can find that it is empty.
    this.queues.set(
      projectId,
      Promise.resolve().then(() => this.drain(projectId)),
    );
  }

  /** Interrupts what runs; it is unfinished then and runs again after the next start. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.queues.values());
  }

  private async drain(projectId: string): Promise<void> {
    const { store, log } = this.options;
    try {
      for (let next = this.takeNext(projectId); next; next = this.takeNext(projectId)) await this.runOperation(next);
      store.transact((tx) => {
        tx.pruneOperations(projectId, KEPT_OPERATIONS);
      });
      this.queues.delete(projectId);
    } catch (error) {
      this.queues.delete(projectId);
      if (this.stopping.signal.aborted) return;
      log({ level: "error", event: "operations-stalled", project: projectId, error: formatErrorMessage(error) });
      setTimeout(() => {
        this.wake(projectId);
      }, RETRY_MS).unref();
    }
  }

  private takeNext(projectId: string): Operation | undefined {
    const { store, clock } = this.options;
    return store.transact((tx) => {
      const next = tx.findFirst("operation", { where: { project: projectId, open: true } });
      if (next?.status !== "scheduling") return next;
      const running = { ...next, status: "running", updated_at: clock.formatNow() };
      tx.put("operation", running);
      return running;
    });
  }

  private async runOperation(operation: Operation): Promise<void> {
    const started = performance.now();
    const duration = () => operation.total_duration_ms + Math.round(performance.now() - started);
    try {
      await this.options.perform(operation, this.stopping.signal);
    } catch (error) {
      this.stopping.signal.throwIfAborted();
      await this.handleFailure(operation, formatErrorMessage(error), duration());
      return;
    }
    this.endOperation({ ...omit(operation, "error", "retry_at"), status: "finished", total_duration_ms: duration() }, "done");
  }

  private async handleFailure(operation: Operation, error: string, total_duration_ms: number): Promise<void> {
    const { store, clock, log } = this.options;
    const failed = { ...operation, error, failures_count: operation.failures_count + 1, total_duration_ms, updated_at: clock.formatNow() };
    log({
      level: "warn",
      event: "operation-failed",
      operation: operation.id,
      action: operation.action,
      attempt: failed.failures_count,
      error,
    });
    if (failed.failures_count >= ATTEMPTS) {
      this.endOperation({ ...omit(failed, "retry_at"), status: "failed" }, "failed");
      return;
    }
    const wait = RETRY_MS * failed.failures_count;
    store.transact((tx) => {
      tx.put("operation", { ...failed, retry_at: addSeconds(failed.updated_at, wait / 1_000) });
    });
    await delay(wait, undefined, { signal: this.stopping.signal });
  }

  /** The operation and what it leaves behind, in one transaction. */
  private endOperation(operation: Operation, how: "done" | "failed"): void {
    const { store, clock, onEnded: ended } = this.options;
    const at = clock.formatNow();
    store.transact((tx) => {
      tx.put("operation", { ...operation, updated_at: at });
      EFFECTS[operation.action as Action][how](tx, operation, at);
    });
    ended(operation.project_id);
  }
}
