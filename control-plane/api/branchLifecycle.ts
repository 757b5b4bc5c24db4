import { BranchOperations, BranchRecoverResponse, BranchRestoreRequest } from "@palisade/neon/contract/wire/branch";
import { isRoot, assertBranchFits, assertWithinHistory, recoverBranch, resetBranch, setDefault } from "../domain/branches.js";
import { isActive, createStartStep, createSuspendStep } from "../domain/computes.js";
import { getPlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { countBranches, assertBranchNameFree } from "../services/branches.js";
import { copyContents, replaceContents } from "../services/branchContents.js";
import { getBranch, getDefaultBranch } from "./pathObjects.js";
import { defineRoute } from "./route.js";

export const branchLifecycleRoutes = [
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/restore",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: BranchRestoreRequest,
    answers: { 200: BranchOperations },
    handle(call) {
      const { tx, at, project, params, body, enqueue, ids } = call;
      const branch = getBranch(tx, project.id, params.branch_id);
      const source = getBranch(tx, project.id, body.source_branch_id);
      const children = tx.list("branch", { where: { parent: branch.id } }).filter((child) => !isRoot(child));
      const { restored, preserved } = resetBranch(branch, source, children, body, at, ids);
      assertWithinHistory(source, { timestamp: body.source_timestamp, lsn: body.source_lsn }, project.history_retention_seconds, at);
      tx.put("branch", restored);
      if (preserved) {
        assertBranchNameFree(tx, preserved);
        assertBranchFits(preserved, getPlanLimits(call.organization), countBranches(tx, project.id));
        tx.put("branch", preserved);
        copyContents(call, branch.id, preserved.id);
        for (const child of children) tx.put("branch", { ...child, parent_id: preserved.id, updated_at: at });
      }
      if (source.id !== branch.id) replaceContents(call, source.id, source.protected, branch.id);
      const running = tx.list("endpoint", { where: { branch: branch.id } }).filter(isActive);
      const steps = [
        ...running.map(createSuspendStep),
        { action: "create_branch" as const, branch_id: branch.id },
        ...running.map(createStartStep),
      ];
      return { branch: restored, operations: enqueue(project.id, steps) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/set_as_default",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: BranchOperations },
    handle({ tx, at, project, params }) {
      const was = getDefaultBranch(tx, project.id);
      const branch = getBranch(tx, project.id, params.branch_id);
      if (was.id === branch.id) return { branch, operations: [] };
      const now = setDefault(branch, true, at);
      tx.put("branch", setDefault(was, false, at));
      tx.put("branch", now);
      return { branch: now, operations: [] };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/branches/:branch_id/recover",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: BranchRecoverResponse },
    handle({ tx, hosts, at, project, organization, params }) {
      const branch = tx.get("branch", params.branch_id);
      if (branch?.project_id !== project.id) throw new Refusal("branchNotFound");
      if (!branch.recovery) throw new Refusal("branchNotRecoverable", { branch: branch.id });
      const parent = branch.parent_id === undefined || isRoot(branch) ? undefined : tx.get("branch", branch.parent_id);
      if (!isRoot(branch) && (!parent || parent.recovery)) throw new Refusal("parentDeleted", { parent: branch.parent_id ?? "" });
      const live = recoverBranch(branch, at);
      assertBranchNameFree(tx, live);
      assertBranchFits(live, getPlanLimits(organization), countBranches(tx, project.id));
      tx.put("branch", live);
      const computes = tx.list("deleted_endpoint", { where: { branch: branch.id } });
      for (const compute of computes) {
        tx.remove("deleted_endpoint", compute.id);
        tx.put("endpoint", compute);
      }
      return { branch: live, endpoints: computes.map(hosts.toEndpoint) };
    },
  }),
];
