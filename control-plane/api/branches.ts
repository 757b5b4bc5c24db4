import { z } from "zod";
import {
  BranchCreateRequest,
  BranchOperations,
  BranchResponse,
  BranchUpdateRequest,
  BranchesCountResponse,
  BranchesPage,
  CreatedBranch,
} from "@palisade/neon/contract/wire/branch";
import { updateBranch, createChildBranch, assertBranchFits, assertProtectedBranchFits, assertWithinHistory } from "../domain/branches.js";
import { createCompute, createStartStep } from "../domain/computes.js";
import { assertSizing } from "../domain/computeSizes.js";
import { getPlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { type RoleWithPassword, canLogIn, addPassword } from "../domain/roles.js";
import type { Hosts } from "../hosts.js";
import { countBranches, assertBranchNameFree } from "../services/branches.js";
import { removeBranch } from "../services/removeBranch.js";
import type { StoredEndpoint } from "../store/kinds.js";
import { getAnnotation, putAnnotation } from "./annotations.js";
import { getBranch, getDefaultBranch } from "./pathObjects.js";
import { inheritContents } from "../services/roles.js";
import { getCreator } from "./creator.js";
import { decodeCursor, encodeCursor, flag, buildLimitSchema } from "./paging.js";
import { defineRoute } from "./route.js";

const ListQuery = z.object({
  search: z.string().optional(),
  sort_by: z.enum(["name", "created_at", "updated_at"]).default("updated_at"),
  sort_order: z.enum(["asc", "desc"]).default("desc"),
  cursor: z.string().optional(),
  limit: buildLimitSchema(10_000),
  include_deleted: flag,
});

export const branchRoutes = [
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/branches",
    who: "project",
    least: "viewer",
    effect: "read",
    query: ListQuery,
    answers: { 200: BranchesPage },
    handle({ tx, project, query: { search, sort_by, sort_order, cursor, limit, include_deleted } }) {
      const found = tx.list("branch", {
        where: { project: project.id },
        search,
        order: sort_by,
        descending: sort_order === "desc",
        after: decodeCursor(cursor),
        deleted: include_deleted === "true" ? "with" : "without",
        // One more than asked for tells whether there is a next page.
        limit: limit === undefined ? undefined : limit + 1,
      });
      const branches = found.slice(0, limit);
      const last = found.length > branches.length ? branches.at(-1) : undefined;
      return {
        branches,
        annotations: Object.fromEntries(branches.map(({ id }) => [id, getAnnotation(tx, id)])),
        pagination: { sort_by, sort_order, ...(last && { next: encodeCursor({ value: last[sort_by], id: last.id }) }) },
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/branches",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: BranchCreateRequest,
    answers: { 201: CreatedBranch },
    handle({ tx, hosts, ids, at, actor, project, organization, body, enqueue }) {
      const parent =
        body.branch?.parent_id === undefined ? getDefaultBranch(tx, project.id) : getBranch(tx, project.id, body.branch.parent_id);
      const branch = createChildBranch(parent, body.branch, getCreator(actor), at, ids);
      assertWithinHistory(parent, { timestamp: branch.parent_timestamp, lsn: branch.parent_lsn }, project.history_retention_seconds, at);
      assertBranchNameFree(tx, branch);
      assertBranchFits(branch, getPlanLimits(organization), countBranches(tx, project.id));
      const asked = body.endpoints ?? [];
      if (asked.filter(({ type }) => type === "read_write").length > 1) throw new Refusal("endpointExists", { branch: branch.id });
      const computes = asked.map((options) => createCompute(project, branch.id, options, at, ids));
      tx.put("branch", branch, { salts: branch.id, ...(branch.parent_id === undefined && { source: parent.id }) });
      putAnnotation(tx, branch.id, body.annotation_value ?? {}, at);
      for (const compute of computes) {
        assertSizing(compute, getPlanLimits(organization));
        tx.put("endpoint", compute);
      }
      const { roles, databases } = inheritContents(tx, project, parent, branch, at, ids);
      return {
        branch,
        endpoints: computes.map(hosts.toEndpoint),
        operations: enqueue(project.id, [{ action: "create_branch", branch_id: branch.id }, ...computes.map(createStartStep)]),
        roles: roles.map(parent.protected ? addPassword : ({ role }) => role),
        databases,
        ...buildConnectionUris(hosts, computes, roles, databases),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/branches/count",
    who: "project",
    least: "viewer",
    effect: "read",
    query: z.object({ search: z.string().optional() }),
    answers: { 200: BranchesCountResponse },
    handle: ({ tx, project, query }) => ({ count: tx.count("branch", { where: { project: project.id }, search: query.search }) }),
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/branches/:branch_id",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: BranchResponse },
    handle({ tx, project, params }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      return { branch, annotation: getAnnotation(tx, branch.id) };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/projects/:project_id/branches/:branch_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: BranchUpdateRequest,
    answers: { 200: BranchOperations },
    handle({ tx, at, project, organization, params, body }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const changed = updateBranch(branch, body.branch, at);
      if (changed.name !== branch.name) assertBranchNameFree(tx, changed);
      if (changed.protected && !branch.protected)
        assertProtectedBranchFits(getPlanLimits(organization), countBranches(tx, project.id).protected);
      tx.put("branch", changed);
      return { branch: changed, operations: [] };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/projects/:project_id/branches/:branch_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: BranchOperations, 204: z.undefined() },
    handle({ tx, at, project, params, enqueue }) {
      const branch = tx.get("branch", params.branch_id);
      if (branch?.project_id !== project.id || branch.recovery) return undefined;
      const { removed, steps } = removeBranch(tx, branch, "user", at);
      return { branch: removed, operations: enqueue(project.id, steps) };
    },
  }),
];

/** Only where one role, one database and a compute leave no choice. */
function buildConnectionUris(hosts: Hosts, computes: StoredEndpoint[], roles: RoleWithPassword[], databases: { name: string }[]) {
  const able = roles.filter(({ role }) => canLogIn(role));
  const [compute, role, database] = [computes[0], able[0], databases[0]];
  if (!compute || !role || !database || able.length > 1 || databases.length > 1) return {};
  const login = { endpointId: compute.id, role: role.role.name, password: role.password, database: database.name };
  return { connection_uris: [hosts.toConnection(login)] };
}
