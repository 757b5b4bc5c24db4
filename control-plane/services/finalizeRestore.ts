import type { Branch } from "@palisade/neon/contract/wire/branch";
import { isActive, createStartStep, createSuspendStep } from "../domain/computes.js";
import { swapRestoredBranch } from "../domain/snapshots.js";
import { omit } from "../domain/values.js";
import type { Step } from "../domain/actions.js";
import type { StoredEndpoint, StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { assertBranchNameFree } from "./branches.js";
import { putRole, listInheritedRoles, listRoles } from "./roles.js";

/** Where and when it happens. */
interface FinalizeContext {
  readonly tx: Tx;
  readonly at: string;
  readonly project: StoredProject;
}

/**
 * Gives the restored branch the place of its target: its name, protection, backups and computes, with their hosts, and the passwords in use there.
 * The computes made for a look at the restored branch go to the target, so that nobody's host disappears.
 */
export function finalizeRestore({ tx, at, project }: FinalizeContext, restored: Branch, target: Branch, name: string | undefined) {
  const { current, old } = swapRestoredBranch(restored, target, name ?? computeFreeName(tx, target), at);
  assertBranchNameFree(tx, old);
  tx.put("branch", old);
  tx.put("branch", current);
  const [own, looking] = [target, restored].map(({ id }) => tx.list("endpoint", { where: { branch: id } })) as [Computes, Computes];
  const running = [...own, ...looking].filter(isActive);
  const computes = own.map((compute) => moveCompute(tx, compute, current.id, at));
  const others = looking.map((compute) => moveCompute(tx, compute, old.id, at));
  copyPasswords(tx, project, target.id, current.id);
  // Backups go on with what is in use from now on.
  const schedule = tx.get("backup_schedule", target.id);
  if (schedule) {
    tx.remove("backup_schedule", target.id);
    tx.put("backup_schedule", { ...schedule, branch_id: current.id });
  }
  const before: Step[] = running.map(createSuspendStep);
  const wasRunning = new Set(running.map(({ id }) => id));
  const after: Step[] = [...computes, ...others].filter(({ id }) => wasRunning.has(id)).map(createStartStep);
  return { current, computes, before, after };
}

type Computes = StoredEndpoint[];

/** It is suspended in between: neither branch may be kept running for it. */
function moveCompute(tx: Tx, compute: StoredEndpoint, branchId: string, at: string): StoredEndpoint {
  const moved: StoredEndpoint = { ...omit(compute, "pending_state"), branch_id: branchId, current_state: "idle", updated_at: at };
  tx.put("endpoint", moved);
  return moved;
}

/** Not those of temporary access: it is to the branch that was replaced, and a standing role of its name must not open with its password. */
function copyPasswords(tx: Tx, project: FinalizeContext["project"], from: string, to: string): void {
  const restored = new Set(listRoles(tx, to).map(({ role }) => role.name));
  for (const used of listInheritedRoles(tx, from))
    if (restored.has(used.role.name)) putRole(tx, project, { ...used, role: { ...used.role, branch_id: to } });
}

/** As Neon names the branch that was replaced; a second one of the name is numbered. */
function computeFreeName(tx: Tx, { name, project_id }: Branch): string {
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? `${name} (old)` : `${name} (old ${number})`;
    if (!tx.findFirst("branch", { where: { project: project_id, name: free }, order: "name" })) return free;
  }
}
