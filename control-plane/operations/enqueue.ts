import type { Operation } from "@palisade/neon/contract/wire/common";
import type { Clock } from "../clock.js";
import type { IdGenerator } from "../idGenerator.js";
import type { Tx } from "../store/store.js";
import type { Step } from "../domain/actions.js";

/**
 * Puts work in a project's queue, inside the request's transaction: an acknowledged request always has its operations.
 * Of an idle project the first is `running` at once, as Neon answers; the others are `scheduling`.
 */
export function enqueue(tx: Tx, clock: Clock, ids: IdGenerator, projectId: string, steps: readonly Step[]): Operation[] {
  const idle = tx.count("operation", { where: { project: projectId, open: true }, limit: 1 }) === 0;
  return steps.map((step, index) => {
    const at = clock.tick();
    const operation: Operation = {
      id: ids.createUuid(),
      project_id: projectId,
      ...step,
      status: idle && index === 0 ? "running" : "scheduling",
      failures_count: 0,
      created_at: at,
      updated_at: at,
      total_duration_ms: 0,
    };
    tx.put("operation", operation);
    return operation;
  });
}
