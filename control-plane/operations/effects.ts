import type { Operation } from "@palisade/neon/contract/wire/common";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import type { StoredEndpoint } from "../store/kinds.js";
import { formatRoleId } from "../store/kinds.js";
import { omit } from "../domain/values.js";
import type { Tx } from "../store/store.js";
import type { Action } from "../domain/actions.js";
import { revertFinalizedRestore, removeSnapshot } from "../services/snapshots.js";

interface OperationEffect {
  done(tx: Tx, operation: Operation, at: string): void;
  failed(tx: Tx, operation: Operation, at: string): void;
}

/**
 * What an operation leaves behind, written in the transaction that ends it. Each ends in the same place however often it runs,
 * and finds nothing to do where its branch or compute is gone by then.
 */
export const EFFECTS: Readonly<Record<Action, OperationEffect>> = {
  create_timeline: { done: setBranchReady, failed: clearBranchPending },
  create_branch: { done: setBranchReady, failed: removeFailedBranch },
  start_compute: { done: setComputeActive, failed: setComputeIdle },
  suspend_compute: { done: setComputeIdle, failed: clearComputePending },
  apply_config: createNoEffect(),
  apply_storage_config: createNoEffect(),
  delete_timeline: createNoEffect(),
};

function setBranchReady(tx: Tx, { branch_id }: Operation, at: string): void {
  changeBranch(tx, branch_id, (branch) => ({ ...omit(branch, "pending_state"), current_state: "ready", state_changed_at: at }));
}

/** The first branch of a project stays as it was: only the whole project can be deleted, and its operations must stay readable. */
function clearBranchPending(tx: Tx, { branch_id }: Operation): void {
  changeBranch(tx, branch_id, (branch) => omit(branch, "pending_state"));
}

/** Removes a branch that could not be created, so that its name is free and nobody uses it; one that could not be reset stays. */
function removeFailedBranch(tx: Tx, operation: Operation, at: string): void {
  const branch = operation.branch_id === undefined ? undefined : tx.get("branch", operation.branch_id);
  if (operation.branch_id !== undefined && tx.get("snapshot", operation.branch_id)) {
    removeSnapshot(tx, operation.branch_id);
    return;
  }
  if (branch?.current_state !== "init") {
    setBranchReady(tx, operation, at);
    return;
  }
  revertFinalizedRestore(tx, branch, at);
  removeBranchDocuments(tx, branch.id);
  for (const open of tx.list("operation", { where: { project: branch.project_id, branch: branch.id, open: true } }))
    if (open.id !== operation.id) tx.put("operation", { ...open, status: "cancelled", updated_at: at });
}

function setComputeActive(tx: Tx, { endpoint_id }: Operation, at: string): void {
  changeCompute(tx, endpoint_id, (compute) => {
    const settled = omit(compute, "pending_state", "suspended_at");
    if (compute.disabled) return { ...settled, current_state: "idle" };
    return { ...settled, current_state: "active", last_active: at, started_at: at };
  });
}

function setComputeIdle(tx: Tx, { endpoint_id }: Operation, at: string): void {
  changeCompute(tx, endpoint_id, (compute) => ({ ...omit(compute, "pending_state"), current_state: "idle", suspended_at: at }));
}

function clearComputePending(tx: Tx, { endpoint_id }: Operation): void {
  changeCompute(tx, endpoint_id, (compute) => omit(compute, "pending_state"));
}

function createNoEffect(): OperationEffect {
  return { done: () => undefined, failed: () => undefined };
}

function changeBranch(tx: Tx, id: string | undefined, change: (branch: Branch) => Branch): void {
  const branch = id === undefined ? undefined : tx.get("branch", id);
  if (branch) tx.put("branch", change(branch));
}

function changeCompute(tx: Tx, id: string | undefined, change: (compute: StoredEndpoint) => StoredEndpoint): void {
  const compute = id === undefined ? undefined : tx.get("endpoint", id);
  if (compute) tx.put("endpoint", change(compute));
}

/** Every trace of a branch but its operations. */
export function removeBranchDocuments(tx: Tx, id: string): void {
  const where = { branch: id };
  for (const { id: compute } of tx.list("endpoint", { where })) tx.remove("endpoint", compute);
  for (const { id: compute } of tx.list("deleted_endpoint", { where })) tx.remove("deleted_endpoint", compute);
  for (const { name } of tx.list("role", { where })) tx.remove("role", formatRoleId(id, name));
  for (const { nonce } of tx.list("temporary_access", { where })) tx.remove("temporary_access", nonce);
  for (const database of tx.list("database", { where })) tx.remove("database", String(database.id));
  for (const { token_id } of tx.list("credential", { where })) tx.remove("credential", token_id);
  tx.remove("annotation", id);
  tx.remove("backup_schedule", id);
  tx.remove("branch", id);
}
