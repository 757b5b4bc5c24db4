import type { Branch } from "@palisade/neon/contract/wire/branch";
import { isActive, start, suspend } from "../domain/computes.js";
import { finalized } from "../domain/snapshots.js";
import { without } from "../domain/values.js";
import type { Step } from "../domain/actions.js";
import type { StoredEndpoint, StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { mustHaveNoNamesake } from "./branches.js";
import { putRole, rolesOf } from "./roles.js";

/** Where and when it happens. */
interface Finalizing {
  readonly tx: Tx;
  readonly at: string;
  readonly project: StoredProject;
}

/**
 * Gives the restored branch the place of its target: its name, protection, backups and computes, with their hosts, and the passwords in use there.
 * The computes made for a look at the restored branch go to the target, so that nobody's host disappears.
 */
export function finalize({ tx, at, project }: Finalizing, restored: Branch, target: Branch, name: string | undefined) {
  const { current, old } = finalized(restored, target, name ?? freeName(tx, target), at);
  mustHaveNoNamesake(tx, old);
  tx.put("branch", old);
  tx.put("branch", current);
  const [own, looking] = [target, restored].map(({ id }) => tx.list("endpoint", { where: { branch: id } })) as [Computes, Computes];
  const running = [...own, ...looking].filter(isActive);
  const computes = own.map((compute) => move(tx, compute, current.id, at));
  const others = looking.map((compute) => move(tx, compute, old.id, at));
  keepPasswords(tx, project, target.id, current.id);
  // Backups go on with what is in use from now on.
  const schedule = tx.get("backup_schedule", target.id);
  if (schedule) {
    tx.drop("backup_schedule", target.id);
    tx.put("backup_schedule", { ...schedule, branch_id: current.id });
  }
  const before: Step[] = running.map(suspend);
  const wasRunning = new Set(running.map(({ id }) => id));
  const after: Step[] = [...computes, ...others].filter(({ id }) => wasRunning.has(id)).map(start);
  return { current, computes, before, after };
}

type Computes = StoredEndpoint[];

/** It sleeps in between: neither branch may be held awake for it. */
function move(tx: Tx, compute: StoredEndpoint, branchId: string, at: string): StoredEndpoint {
  const moved: StoredEndpoint = { ...without(compute, "pending_state"), branch_id: branchId, current_state: "idle", updated_at: at };
  tx.put("endpoint", moved);
  return moved;
}

function keepPasswords(tx: Tx, project: Finalizing["project"], from: string, to: string): void {
  const restored = new Set(rolesOf(tx, to).map(({ role }) => role.name));
  for (const used of rolesOf(tx, from))
    if (restored.has(used.role.name)) putRole(tx, project, { ...used, role: { ...used.role, branch_id: to } });
}

/** As Neon names the branch that was replaced; a second one of the name is numbered. */
function freeName(tx: Tx, { name, project_id }: Branch): string {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? `${name} (old)` : `${name} (old ${number})`;
    if (!tx.first("branch", { where: { project: project_id, name: free }, order: "name" })) return free;
  }
}
