import type { Branch } from "@palisade/neon/contract/wire/branch";
import { markBranchDeleted, isRoot, assertBranchDeletable } from "../domain/branches.js";
import { isActive, createSuspendStep } from "../domain/computes.js";
import { omit } from "../domain/values.js";
import type { Tx } from "../store/store.js";
import type { Step } from "../domain/actions.js";

/** Deletes a branch as far as anyone can see; it and its computes wait a week for recovery. Throws where a rule keeps it alive. */
export function removeBranch(tx: Tx, branch: Branch, method: "user" | "ttl", at: string): { removed: Branch; steps: Step[] } {
  assertBranchDeletable(
    branch,
    tx.list("branch", { where: { parent: branch.id } }).filter((child) => !isRoot(child)),
    branch.parent_id === undefined && isReplaced(tx, branch),
  );
  const removed = markBranchDeleted(branch, method, at);
  const computes = tx.list("endpoint", { where: { branch: branch.id } });
  for (const compute of computes) {
    tx.remove("endpoint", compute.id);
    tx.put("deleted_endpoint", { ...omit(compute, "pending_state"), current_state: "idle" });
  }
  tx.put("branch", removed);
  return { removed, steps: [...computes.filter(isActive).map(createSuspendStep), { action: "delete_timeline", branch_id: branch.id }] };
}

const isReplaced = (tx: Tx, { id, project_id }: Branch): boolean =>
  tx
    .list("branch", { where: { project: project_id, root: true } })
    .some((other) => other.restored_as === id && other.restore_status !== "restored");
