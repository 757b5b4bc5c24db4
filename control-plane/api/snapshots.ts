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
import { isRoot, mustFit, mustRemember } from "../domain/branches.js";
import { limitsOf } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { changedSnapshot, mustFitSnapshot, newSnapshot, restoredBranch } from "../domain/snapshots.js";
import { without } from "../domain/values.js";
import { putSnapshot, removeSnapshot } from "../services/snapshots.js";
import type { StoredSnapshot } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { annotationOf, putAnnotation } from "./annotations.js";
import { countsOf, mustHaveNoNamesake } from "../services/branches.js";
import { branchOf } from "./find.js";
import { finalize } from "../services/finalizeRestore.js";
import { inherit } from "../services/roles.js";
import { makerOf } from "./maker.js";
import { route } from "./route.js";

const SNAPSHOTS = "/projects/:project_id/snapshots";

export const snapshotRoutes = [
  route({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/snapshot",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    query: SnapshotCreateQuery,
    answers: { 200: CreatedSnapshot },
    handle({ tx, mint, at, project, organization, params, query, enqueue }) {
      const source = branchOf(tx, project.id, params.branch_id);
      if (!isRoot(source)) throw new Refusal("snapshotOfChild", { branch: source.id });
      mustRemember(source, { timestamp: query.timestamp, lsn: query.lsn }, project.history_retention_seconds, at);
      const where = { project: project.id };
      mustFitSnapshot(limitsOf(organization), tx.count("snapshot", { where: { ...where, manual: true } }));
      const { slug } = query;
      if (slug !== undefined && tx.list("snapshot", { where }).some((other) => other.slug === slug))
        throw new Refusal("snapshotSlugExists", { slug });
      const snapshot = newSnapshot(source, query, true, at, mint);
      return { snapshot: shown(snapshot), operations: enqueue(project.id, putSnapshot(tx, project, source, snapshot, at, mint)) };
    },
  }),
  route({
    method: "GET",
    path: SNAPSHOTS,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: SnapshotsResponse },
    handle: ({ tx, project }) => ({ snapshots: tx.list("snapshot", { where: { project: project.id } }).map(shown) }),
  }),
  route({
    method: "PATCH",
    path: `${SNAPSHOTS}/:snapshot_id`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: SnapshotUpdateRequest,
    answers: { 200: SnapshotResponse },
    handle({ tx, at, project, params, body }) {
      const snapshot = changedSnapshot(snapshotOf(tx, project.id, params.snapshot_id), body.snapshot, at);
      tx.put("snapshot", snapshot);
      return { snapshot: shown(snapshot) };
    },
  }),
  route({
    method: "DELETE",
    path: `${SNAPSHOTS}/:snapshot_id`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 202: Operations },
    handle({ tx, project, params, enqueue }) {
      const snapshot = snapshotOf(tx, project.id, params.snapshot_id);
      return { operations: enqueue(project.id, removeSnapshot(tx, snapshot.id)) };
    },
  }),
  route({
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
      const { tx, hosts, mint, at, actor, project, organization, params, query, body, enqueue } = call;
      const snapshot = snapshotOf(tx, project.id, params.snapshot_id);
      const target = branchOf(tx, project.id, body.target_branch_id ?? snapshot.source_branch_id ?? "");
      const branch = restoredBranch(snapshot, target, body.name ?? query.name, makerOf(actor), at, mint);
      mustHaveNoNamesake(tx, branch);
      mustFit(branch, limitsOf(organization), countsOf(tx, project.id));
      tx.put("branch", branch);
      putAnnotation(tx, branch.id, {}, at);
      // As for any branch of a protected one: its passwords do not open what is not protected. Nor do those of another branch than the target.
      const isElsewhere = target.id !== snapshot.source_branch_id;
      inherit(tx, project, { id: snapshot.id, protected: target.protected || isElsewhere }, branch, at, mint);
      const made = { action: "create_branch" as const, branch_id: branch.id };
      if (body.finalize_restore !== true) return answer(tx, branch, [], enqueue(project.id, [made]));
      const { current, computes, before, after } = finalize(call, branch, target, undefined);
      return answer(tx, current, computes.map(hosts.dress), enqueue(project.id, [made, ...before, ...after]));
    },
  }),
  route({
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
      const restored = branchOf(tx, project.id, params.branch_id);
      if (restored.restored_as === undefined) throw new Refusal("notRestored", { branch: restored.id });
      const { before, after } = finalize(call, restored, branchOf(tx, project.id, restored.restored_as), body.name);
      return { operations: enqueue(project.id, [...before, ...after]) };
    },
  }),
];

function snapshotOf(tx: Tx, projectId: string, id: string): StoredSnapshot {
  const snapshot = tx.get("snapshot", id);
  if (snapshot?.project_id !== projectId) throw new Refusal("snapshotNotFound");
  return snapshot;
}

/** Without what only the plane knows. */
const shown = (snapshot: StoredSnapshot): Snapshot => without(snapshot, "project_id", "is_past");

const answer = (tx: Tx, branch: Branch, endpoints: unknown[], operations: unknown[]) => ({
  ...{ branch, annotation: annotationOf(tx, branch.id), operations },
  ...(endpoints.length > 0 && { endpoints }),
});
