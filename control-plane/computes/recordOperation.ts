import type { Clock } from "../clock.js";
import type { Action } from "../domain/actions.js";
import type { IdGenerator } from "../idGenerator.js";
import type { StoredEndpoint } from "../store/kinds.js";
import type { Store } from "../store/store.js";

/** What happened to a compute by itself, as an operation that is over already, and the compute as it is now. @param started as performance.now() */
export function recordOperation(
  { store, clock, ids }: { readonly store: Store; readonly clock: Clock; readonly ids: IdGenerator },
  action: Action,
  { id, project_id, branch_id }: StoredEndpoint,
  started: number,
  change: (compute: StoredEndpoint, at: string) => StoredEndpoint,
): void {
  store.transact((tx) => {
    const compute = tx.get("endpoint", id);
    if (!compute) return;
    const at = clock.tick();
    tx.put("endpoint", change(compute, at));
    tx.put("operation", {
      id: ids.createUuid(),
      project_id,
      branch_id,
      endpoint_id: id,
      action,
      status: "finished",
      failures_count: 0,
      created_at: at,
      updated_at: at,
      total_duration_ms: Math.round(performance.now() - started),
    });
  });
}
