import type { PlaneContext } from "../planeContext.js";
import { buildConfigureSteps } from "../domain/computes.js";
import { endAccess } from "../services/temporaryAccess.js";
import { enqueue } from "./enqueue.js";

/**
 * Ends access whose time is over, and forgets what ended long ago. It waits for no other work of the project: the role can no longer log in from
 * this commit on, and is dropped by the operation that is queued with it. Runs at each round of the sweep, and before a plane serves.
 * @returns projects that have work to do
 */
export function endDueAccess({ store, clock, ids }: Pick<PlaneContext, "store" | "clock" | "ids">, at: string): ReadonlySet<string> {
  return store.transact((tx) => {
    const projects = new Set<string>();
    for (const access of tx.list("temporary_access", { due: { column: "expires_at", at } })) {
      if (access.ended_at !== undefined) {
        tx.remove("temporary_access", access.nonce);
        continue;
      }
      endAccess(tx, access, "time", at);
      const branch = tx.get("branch", access.branch_id);
      // Of a deleted one the role goes at its next start, should it be recovered.
      if (!branch || branch.recovery) continue;
      const compute = tx.list("endpoint", { where: { branch: access.branch_id } }).find(({ type }) => type === "read_write");
      enqueue(tx, clock, ids, access.project_id, buildConfigureSteps(access.branch_id, compute));
      projects.add(access.project_id);
    }
    return projects;
  });
}
