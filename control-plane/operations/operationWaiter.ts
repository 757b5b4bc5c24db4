import type { Store } from "../store/store.js";

/** Waits for the open operations of a branch and its computes. */
export class OperationWaiter {
  private readonly waiting = new Set<() => void>();

  constructor(private readonly store: Store) {
    store.watch((kind) => {
      if (kind === "operation") for (const look of [...this.waiting]) look();
    });
  }

  /** Resolves to true once no operation of the compute's branch is open; to false at once where none was, and when `late` comes first. */
  waitForOperations(endpointId: string, late: AbortSignal): Promise<boolean> {
    if (late.aborted || !this.isBusy(endpointId)) return Promise.resolve(false);
    return new Promise((resolve) => {
      const look = (): void => {
        if (!late.aborted && this.isBusy(endpointId)) return;
        this.waiting.delete(look);
        late.removeEventListener("abort", look);
        resolve(!late.aborted);
      };
      this.waiting.add(look);
      late.addEventListener("abort", look);
    });
  }

  private isBusy(endpointId: string): boolean {
    return this.store.transact((tx) => {
      const compute = tx.get("endpoint", endpointId);
      if (!compute) return false;
      const where = { project: compute.project_id, branch: compute.branch_id, open: true } as const;
      return tx.count("operation", { where, limit: 1 }) > 0;
    });
  }
}
