import { z } from "zod";
import type { Branch } from "@palisade/neon/contract/wire/branch";
import { Operations } from "@palisade/neon/contract/wire/common";
import {
  CreatedSnapshot,
  FinalizeRestoreRequest,
  RestoredSnapshot,
  type Snapshot,
  SnapshotCreateQuery,
  SnapshotResponse,
  SnapshotRestoreRequest,
  SnapshotUpdateRequest,
  SnapshotsResponse,
} from "@palisade/neon/contract/wire/snapshot";
import { isRoot, assertBranchFits, assertWithinHistory } from "../domain/branches.js";
import { getPlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { updateSnapshot, assertSnapshotFits, createSnapshot, createRestoredBranch } from "../domain/snapshots.js";
import { omit } from "../domain/values.js";
import { putSnapshot, removeSnapshot } from "../services/snapshots.js";
import type { StoredSnapshot } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { getAnnotation, putAnnotation } from "./annotations.js";
import { countBranches, assertBranchNameFree } from "../services/branches.js";
import { getBranch } from "./pathObjects.js";
import { finalizeRestore } from "../services/finalizeRestore.js";
import { inheritContents } from "../services/roles.js";
import { getCreator } from "./creator.js";
import { defineRoute } from "./route.js";

const SNAPSHOTS = "/projects/:project_id/snapshots";

export const snapshotRoutes = [
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/snapshot",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    query: SnapshotCreateQuery,
    answers: { 200: CreatedSnapshot },
    handle({ tx, ids, at, project, organization, params, query, enqueue }) {
      const source = getBranch(tx, project.id, params.branch_id);
      if (!isRoot(source)) throw new Refusal("snapshotOfChild", { branch: source.id });
      assertWithinHistory(source, { timestamp: query.timestamp, lsn: query.lsn }, project.history_retention_seconds, at);
      const where = { project: project.id };
      assertSnapshotFits(getPlanLimits(organization), tx.count("snapshot", { where: { ...where, manual: true } }));
      const { slug } = query;
      if (slug !== undefined && tx.list("snapshot", { where }).some((other) => other.slug === slug))
        throw new Refusal("snapshotSlugExists", { slug });
      const snapshot = createSnapshot(source, query, true, at, ids);
      return { snapshot: toSnapshot(snapshot), operations: enqueue(project.id, putSnapshot(tx, project, source, snapshot, at, ids)) };
    },
  }),
  defineRoute({
    method: "GET",
    path: SNAPSHOTS,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: SnapshotsResponse },
    handle: ({ tx, project }) => ({ snapshots: tx.list("snapshot", { where: { project: project.id } }).map(toSnapshot) }),
  }),
  defineRoute({
    method: "PATCH",
    path: `${SNAPSHOTS}/:snapshot_id`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: SnapshotUpdateRequest,
    answers: { 200: SnapshotResponse },
    handle({ tx, at, project, params, body }) {
      const snapshot = updateSnapshot(getSnapshot(tx, project.id, params.snapshot_id), body.snapshot, at);
      tx.put("snapshot", snapshot);
      return { snapshot: toSnapshot(snapshot) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: `${SNAPSHOTS}/:snapshot_id`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 202: Operations },
    handle({ tx, project, params, enqueue }) {
      const snapshot = getSnapshot(tx, project.id, params.snapshot_id);
      return { operations: enqueue(project.id, removeSnapshot(tx, snapshot.id)) };
    },
  }),
  defineRoute({
    method: "POST",
    path: `${SNAPSHOTS}/:snapshot_id/restore`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    query: z.object({ name: z.string().min(1).max(256).optional() }),
    body: SnapshotRestoreRequest,
    answers: { 200: RestoredSnapshot },
    handle(call) {
      const { tx, hosts, ids, at, actor, project, organization, params, query, body, enqueue } = call;
      const snapshot = getSnapshot(tx, project.id, params.snapshot_id);
      const target = getBranch(tx, project.id, body.target_branch_id ?? snapshot.source_branch_id ?? "");
      const branch = createRestoredBranch(snapshot, target, body.name ?? query.name, getCreator(actor), at, ids);
      assertBranchNameFree(tx, branch);
      assertBranchFits(branch, getPlanLimits(organization), countBranches(tx, project.id));
      tx.put("branch", branch);
      putAnnotation(tx, branch.id, {}, at);
      // As for any branch of a protected one: its passwords do not open what is not protected. Nor do those of another branch than the target.
      const isElsewhere = target.id !== snapshot.source_branch_id;
      inheritContents(tx, project, { id: snapshot.id, protected: target.protected || isElsewhere }, branch, at, ids);
      const made = { action: "create_branch" as const, branch_id: branch.id };
      if (body.finalize_restore !== true) return buildRestoreAnswer(tx, branch, [], enqueue(project.id, [made]));
      const { current, computes, before, after } = finalizeRestore(call, branch, target, undefined);
      return buildRestoreAnswer(tx, current, computes.map(hosts.toEndpoint), enqueue(project.id, [made, ...before, ...after]));
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/finalize_restore",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: FinalizeRestoreRequest,
    answers: { 200: Operations },
    handle(call) {
      const { tx, project, params, body, enqueue } = call;
      const restored = getBranch(tx, project.id, params.branch_id);
      if (restored.restored_as === undefined) throw new Refusal("notRestored", { branch: restored.id });
      const { before, after } = finalizeRestore(call, restored, getBranch(tx, project.id, restored.restored_as), body.name);
      return { operations: enqueue(project.id, [...before, ...after]) };
    },
  }),
];

function getSnapshot(tx: Tx, projectId: string, id: string): StoredSnapshot {
  const snapshot = tx.get("snapshot", id);
  if (snapshot?.project_id !== projectId) throw new Refusal("snapshotNotFound");
  return snapshot;
}

/** Without the plane's internal fields. */
const toSnapshot = (snapshot: StoredSnapshot): Snapshot => omit(snapshot, "project_id", "is_past");

const buildRestoreAnswer = (tx: Tx, branch: Branch, endpoints: unknown[], operations: unknown[]) => ({
  branch,
  annotation: getAnnotation(tx, branch.id),
  operations,
  ...(endpoints.length > 0 && { endpoints }),
});
