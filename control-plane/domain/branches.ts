import type { Branch, BranchCreateRequest, BranchRestoreRequest, BranchUpdateRequest } from "@palisade/neon/contract/wire/branch";
import { DAY_SECONDS } from "@palisade/neon/contract/durations";
import { omitUndefined } from "@palisade/neon/contract/values";
import { addSeconds, toTheSecond } from "../clock.js";
import type { IdGenerator } from "../idGenerator.js";
import type { PlanLimits } from "./plans.js";
import { Refusal } from "./refusals.js";
import { omit } from "./values.js";

/** A deleted branch or project can be recovered for a week. */
export const RECOVERY_SECONDS = 7 * DAY_SECONDS;
const INIT_SOURCES = ["parent-data", "schema-only"];

export interface Creator {
  name: string;
  image: string;
}

/** The first branch of a project. */
export function createRootBranch(projectId: string, name: string, by: Creator, at: string, ids: IdGenerator): Branch {
  return { ...buildBranch(ids.createBranchId(), projectId, name, by, at), default: true, primary: true, init_source: "parent-data" };
}

/** What is sent is echoed, and stays. Without a name the id is the name. */
export function createChildBranch(
  parent: Branch,
  asked: BranchCreateRequest["branch"] = {},
  by: Creator,
  at: string,
  ids: IdGenerator,
): Branch {
  if (asked.init_source !== undefined && !INIT_SOURCES.includes(asked.init_source))
    throw new Refusal("unknownInitSource", { source: asked.init_source });
  if (parent.current_state === "init") throw new Refusal("branchNotReady");
  const id = ids.createBranchId();
  const branch: Branch = {
    ...buildBranch(id, parent.project_id, asked.name ?? id, by, at),
    // A schema-only branch is a root: what it was made of is its source, and no parent.
    ...(asked.init_source !== "schema-only" && { parent_id: parent.id }),
    init_source: asked.init_source ?? "parent-data",
    ...omitUndefined({ parent_lsn: asked.parent_lsn, parent_timestamp: asked.parent_timestamp }),
    protected: asked.protected ?? false,
    ...(asked.expires_at !== undefined && { expires_at: toTheSecond(asked.expires_at) }),
  };
  assertExpiry(branch, at);
  return setRestrictedActions(branch);
}

/**
 * A past moment of the source, no older than its history. Where a place in the log lies is known to the computes alone.
 * @param retention seconds for which the project keeps its history
 */
export function assertWithinHistory(
  source: Branch,
  { timestamp, lsn }: { timestamp: string | undefined; lsn: string | undefined },
  retention: number,
  at: string,
): void {
  if (timestamp === undefined) return;
  if (lsn !== undefined) throw new Refusal("momentTwice");
  const begin = [source.created_at, source.last_reset_at ?? source.created_at, addSeconds(at, -retention)].sort().at(-1) ?? at;
  if (Date.parse(timestamp) > Date.parse(at)) throw new Refusal("momentAhead", { moment: timestamp });
  if (Date.parse(timestamp) < Date.parse(begin)) throw new Refusal("momentBefore", { begin });
}

/** `expires_at: null` takes the expiry away; what is not sent keeps its value. */
export function updateBranch(branch: Branch, asked: BranchUpdateRequest["branch"], at: string): Branch {
  const { expires_at: was, ...rest } = branch;
  const { expires_at, ...changes } = omitUndefined(asked);
  const expiry = expires_at === undefined ? was : expires_at === null ? undefined : toTheSecond(expires_at);
  const changed: Branch = { ...rest, ...changes, ...(expiry !== undefined && { expires_at: expiry }), updated_at: at };
  assertExpiry(changed, expires_at === undefined ? undefined : at);
  return setRestrictedActions(changed);
}

/** A schema-only branch shares nothing with its source; an earlier version wrote that down as its parent. */
export const isRoot = (branch: Branch): boolean => branch.parent_id === undefined || branch.init_source === "schema-only";

/** The rules against deleting a branch. @param children branches that carry its data @param isReplaced whether a restored branch took its place */
export function assertBranchDeletable(branch: Branch, children: readonly Branch[], isReplaced: boolean): void {
  if (branch.protected) throw new Refusal("deletesProtected", { branch: branch.id });
  if (branch.default) throw new Refusal("deletesDefault");
  if (isFirst(branch) && !isReplaced) throw new Refusal("deletesRoot");
  const child = children[0];
  if (child) throw new Refusal("deletesParent", { child: child.id });
}

/** The root that a project began with: the others were made of something, and can be made again. */
const isFirst = ({ parent_id, init_source, restored_from }: Branch): boolean =>
  parent_id === undefined && init_source !== "schema-only" && restored_from === undefined;

export function assertBranchFits(branch: Branch, limits: PlanLimits, counts: { branches: number; roots: number; protected: number }): void {
  if (counts.branches >= limits.branches) throw new Refusal("branchesLimit", { max: limits.branches });
  if (isRoot(branch) && counts.roots >= limits.rootBranches) throw new Refusal("rootBranchesLimit", { max: limits.rootBranches });
  if (branch.protected) assertProtectedBranchFits(limits, counts.protected);
}

/** @param count of branches that are protected already */
export function assertProtectedBranchFits(limits: PlanLimits, count: number): void {
  if (count >= limits.protectedBranches) throw new Refusal("protectedBranchesLimit");
}

/** Deleted, and recoverable for a week. */
export function markBranchDeleted(branch: Branch, method: "user" | "ttl", at: string): Branch {
  const recovery = { deleted_at: at, recoverable_until: addSeconds(at, RECOVERY_SECONDS), deletion_method: method };
  return { ...branch, recovery, updated_at: at };
}

/** Drops the expiry: it would delete the branch again at once. */
export const recoverBranch = (branch: Branch, at: string): Branch => ({ ...omit(branch, "recovery", "expires_at"), updated_at: at });

/** One branch of a project is its default; Neon's older name for it, `primary`, goes with it. */
export function setDefault(branch: Branch, value: boolean, at: string): Branch {
  const changed = { ...branch, default: value, primary: value, updated_at: at };
  assertExpiry(changed, undefined);
  return changed;
}

/**
 * Puts a branch back to the state of another, or to an earlier one of its own, and re-parents it there.
 * With `preserve_under_name` the state it had becomes a branch of its own, to which the children go.
 */
export function resetBranch(
  branch: Branch,
  source: Branch,
  children: readonly Branch[],
  asked: BranchRestoreRequest,
  at: string,
  ids: IdGenerator,
): { restored: Branch; preserved?: Branch } {
  const { source_lsn, source_timestamp, preserve_under_name } = asked;
  if (branch.protected) throw new Refusal("resetsProtected", { branch: branch.id });
  if (source.current_state === "init") throw new Refusal("branchNotReady");
  const itself = branch.id === source.id;
  if (itself && ((source_lsn ?? source_timestamp) === undefined || preserve_under_name === undefined))
    throw new Refusal("restoreFromItself");
  if (children.length > 0 && preserve_under_name === undefined) throw new Refusal("restoreNeedsName");
  const rest = omit(branch, "parent_lsn", "parent_timestamp", "expires_at");
  const preserved: Branch | undefined =
    preserve_under_name === undefined
      ? undefined
      : {
          ...clearRestoreStatus(rest),
          id: ids.createBranchId(),
          name: preserve_under_name,
          default: false,
          primary: false,
          created_at: at,
          updated_at: at,
        };
  const parent = itself ? preserved?.id : source.id;
  const restored: Branch = {
    // Its rows are its parent's from now on, not those of a snapshot.
    ...omit(rest, "restore_status", "restored_from", "restored_as"),
    ...omitUndefined({ parent_id: parent, parent_lsn: source_lsn, parent_timestamp: source_timestamp, expires_at: branch.expires_at }),
    init_source: "parent-data",
    current_state: "resetting",
    pending_state: "ready",
    state_changed_at: at,
    last_reset_at: at,
    updated_at: at,
  };
  return { restored, ...(preserved && { preserved }) };
}

/** Without the status of a finalized restore, which stays with the other branch. */
const clearRestoreStatus = (branch: Branch): Branch => (branch.restore_status === "finalized" ? omit(branch, "restore_status") : branch);

/** A protected branch lists the actions that it refuses. */
function setRestrictedActions(branch: Branch): Branch {
  if (!branch.protected) return omit(branch, "restricted_actions");
  const reason = "branch is protected";
  return {
    ...branch,
    restricted_actions: [
      { name: "restore", reason },
      { name: "delete-rw-endpoint", reason },
    ],
  };
}

/** @param setAt when the expiry is being set; an older one may be past already */
function assertExpiry(branch: Branch, setAt: string | undefined): void {
  if (branch.expires_at === undefined) return;
  if (branch.protected) throw new Refusal("protectedExpiry");
  if (branch.default) throw new Refusal("defaultExpiry");
  if (setAt !== undefined && Date.parse(branch.expires_at) <= Date.parse(setAt)) throw new Refusal("expiryPast");
}

export function buildBranch(id: string, projectId: string, name: string, by: Creator, at: string): Branch {
  return {
    id,
    project_id: projectId,
    name,
    current_state: "init",
    pending_state: "ready",
    state_changed_at: at,
    creation_source: "console",
    primary: false,
    default: false,
    protected: false,
    cpu_used_sec: 0,
    compute_time_seconds: 0,
    active_time_seconds: 0,
    written_data_bytes: 0,
    data_transfer_bytes: 0,
    created_at: at,
    updated_at: at,
    created_by: by,
  };
}
