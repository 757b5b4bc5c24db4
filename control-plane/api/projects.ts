import { z } from "zod";
import type { Project } from "@palisade/neon/contract/wire/project";
import {
  CreatedProject,
  ProjectCreateRequest,
  ProjectOperations,
  ProjectRecoverResponse,
  ProjectResponse,
  ProjectUpdateRequest,
  PreloadLibrariesResponse,
  ProjectsPage,
  SharedProjectsPage,
} from "@palisade/neon/contract/wire/project";
import { type PlanLimits, getPlanLimits } from "../domain/plans.js";
import {
  updateProject,
  markProjectDeleted,
  toListItem,
  assertProjectDeletable,
  createProject,
  recoverProject,
} from "../domain/projects.js";
import { Refusal } from "../domain/refusals.js";
import { isActive, createStartStep, createSuspendStep } from "../domain/computes.js";
import { omit } from "../domain/values.js";
import type { Hosts } from "../hosts.js";
import type { Step } from "../domain/actions.js";
import type { StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { type Actor, getRequestedOrgId, getOrganization, listOrganizations } from "./actor.js";
import { putAnnotation } from "./annotations.js";
import { getCreator } from "./creator.js";
import { decodeCursor, encodeCursor, flag, buildLimitSchema } from "./paging.js";
import { putRole } from "../services/roles.js";
import { addPassword } from "../domain/roles.js";
import { type Call, defineRoute } from "./route.js";

const ListQuery = z.object({
  cursor: z.string().optional(),
  limit: buildLimitSchema(400),
  search: z.string().optional(),
  org_id: z.string().optional(),
  recoverable: flag,
});
const SharedQuery = ListQuery.pick({ cursor: true, limit: true, search: true });
const DEFAULT_PAGE_SIZE = 10;

export const projectRoutes = [
  defineRoute({
    method: "GET",
    path: "/projects",
    who: "anyone",
    least: "none",
    effect: "read",
    query: ListQuery,
    answers: { 200: ProjectsPage },
    handle({ tx, hosts, actor, query }) {
      const projects = listVisibleProjects(tx, actor, query);
      const last = projects.at(-1);
      const keyed = Object.fromEntries(projects.map(({ id }) => [id, []]));
      return {
        projects: projects.map((project) => toListItem(project, hosts.proxyHost, tx.get("organization", project.owner_id)?.name)),
        applications: keyed,
        integrations: keyed,
        ...(last && { pagination: { cursor: encodeCursor({ value: last.created_at, id: last.id }) } }),
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects",
    who: "chosenOrganization",
    least: "editor",
    readOrganizationId: ({ body }) => body.project.org_id,
    effect: "mutation",
    body: ProjectCreateRequest,
    answers: { 201: CreatedProject },
    handle({ tx, hosts, ids, at, actor, organization, pgVersions, body, enqueue, log }) {
      assertProjectsBelowLimit(tx, organization.id, getPlanLimits(organization));
      const made = createProject(body.project, { organization, by: getCreator(actor), at, ids, databaseId: tx.createNumber(), pgVersions });
      const { project, branch, owner, database, compute } = made;
      warnOfReplication(project, log);
      tx.put("project", project);
      tx.put("branch", branch);
      putAnnotation(tx, branch.id, made.annotations, at);
      putRole(tx, project, owner);
      tx.put("database", database);
      tx.put("endpoint", compute);
      const login = { endpointId: compute.id, role: owner.role.name, password: owner.password, database: database.name };
      return {
        project: toProject(project, hosts),
        connection_uris: [hosts.toConnection(login)],
        roles: [addPassword(owner)],
        databases: [database],
        operations: enqueue(project.id, [{ action: "create_timeline", branch_id: branch.id }, createStartStep(compute)]),
        branch,
        endpoints: [hosts.toEndpoint(compute)],
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/shared",
    who: "anyone",
    least: "none",
    effect: "read",
    query: SharedQuery,
    answers: { 200: SharedProjectsPage },
    handle({ tx, hosts, actor, query }) {
      const projects = listSharedProjects(tx, actor, query);
      const last = projects.at(-1);
      return {
        projects: projects.map((project) => toListItem(project, hosts.proxyHost, tx.get("organization", project.owner_id)?.name)),
        ...(last && { pagination: { cursor: encodeCursor({ value: last.created_at, id: last.id }) } }),
      };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: ProjectResponse },
    handle: ({ project, hosts }) => ({ project: toProject(project, hosts) }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/projects/:project_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: ProjectUpdateRequest,
    answers: { 200: ProjectOperations },
    handle({ tx, hosts, at, project, organization, body, enqueue, log }) {
      const changed = updateProject(project, body.project, getPlanLimits(organization), at);
      if (!project.settings?.enable_logical_replication) warnOfReplication(changed, log);
      tx.put("project", changed);
      return { project: toProject(changed, hosts), operations: enqueue(project.id, computeFollowUpSteps(tx, project, changed)) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/projects/:project_id",
    who: "project",
    least: "administrator",
    effect: "mutation",
    exclusive: true,
    answers: { 200: ProjectResponse },
    handle({ tx, hosts, at, project }) {
      assertProjectDeletable(tx.list("branch", { where: { project: project.id, protected: true } }));
      tx.put("project", markProjectDeleted(project, at));
      return { project: toProject(project, hosts) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/available_preload_libraries",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: PreloadLibrariesResponse },
    /** The computes of the plane preload none on request. */
    handle: () => ({ libraries: [] }),
  }),
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/recover",
    who: "deletedProject",
    least: "administrator",
    effect: "mutation",
    answers: { 200: ProjectRecoverResponse },
    handle({ tx, hosts, at, project, organization }) {
      const live = recoverProject(project, at);
      assertProjectsBelowLimit(tx, organization.id, getPlanLimits(organization));
      tx.put("project", live);
      return { project: toProject(live, hosts), branches: tx.list("branch", { where: { project: project.id } }) };
    },
  }),
];

/** The newest last, so that a page that has been read does not move. */
function listVisibleProjects(tx: Tx, actor: Actor, query: z.infer<typeof ListQuery>): StoredProject[] {
  const deleted = query.recoverable === "true" ? "only" : "without";
  if (actor.kind === "project") {
    const own = tx.get("project", actor.projectId);
    return own && query.cursor === undefined && (own.deleted_at !== undefined) === (deleted === "only") ? [own] : [];
  }
  const { id } = getOrganization(tx, actor, getRequestedOrgId(actor, query.org_id));
  const after = decodeCursor(query.cursor);
  return tx.list("project", {
    where: { org: id },
    deleted,
    search: query.search,
    order: "created_at",
    after,
    limit: query.limit ?? DEFAULT_PAGE_SIZE,
  });
}

/** Of other organisations, by e-mail address. A key of an organisation or a project is nobody's address. */
function listSharedProjects(
  tx: Tx,
  actor: Actor,
  { cursor, limit = DEFAULT_PAGE_SIZE, search }: z.infer<typeof SharedQuery>,
): StoredProject[] {
  if (actor.kind !== "personal") return [];
  const own = new Set(listOrganizations(tx, actor).map(({ id }) => id));
  const [wanted, after] = [search?.toLowerCase(), decodeCursor(cursor)];
  const place = ({ created_at, id }: StoredProject) => `${created_at} ${id}`;
  return tx
    .list("project_permission", { where: { granted_to: actor.user.email } })
    .flatMap(({ project_id }) => tx.get("project", project_id) ?? [])
    .filter((project) => project.deleted_at === undefined && !own.has(project.owner_id))
    .filter(({ id, name }) => wanted === undefined || [id, name.toLowerCase()].some((text) => text.includes(wanted)))
    .filter((project) => after === undefined || place(project) > `${after.value} ${after.id}`)
    .sort((a, b) => (place(a) < place(b) ? -1 : 1))
    .slice(0, limit);
}

function assertProjectsBelowLimit(tx: Tx, orgId: string, limits: PlanLimits): void {
  if (tx.count("project", { where: { org: orgId } }) >= limits.projects) throw new Refusal("projectsLimit", { max: limits.projects });
}

/** Warns of a setting that is stored but has no effect. */
function warnOfReplication({ id, settings }: StoredProject, log: Call<string, unknown, unknown>["log"]): void {
  if (settings?.enable_logical_replication !== true) return;
  const message = "logical replication is kept as a setting only: wal_level stays replica, and connections for replication are refused";
  log({ level: "warn", event: "no-logical-replication", project: id, message });
}

/** A new retention is work for the storage; logical replication suspends what runs. */
function computeFollowUpSteps(tx: Tx, before: StoredProject, after: StoredProject): Step[] {
  const storage = before.history_retention_seconds !== after.history_retention_seconds;
  const replication = !before.settings?.enable_logical_replication && after.settings?.enable_logical_replication;
  const running = replication ? tx.list("endpoint", { where: { project: after.id } }).filter(isActive) : [];
  return [...(storage ? [{ action: "apply_storage_config" as const }] : []), ...running.map(createSuspendStep)];
}

const toProject = (project: StoredProject, hosts: Hosts): Project => ({
  ...omit(project, "deleted_at", "recoverable_until"),
  proxy_host: hosts.proxyHost,
});
