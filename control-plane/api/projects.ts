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
import { type PlanLimits, limitsOf } from "../domain/plans.js";
import { changedProject, deletedProject, listItem, mustBeDeletable, newProject, recoveredProject } from "../domain/projects.js";
import { Refusal } from "../domain/refusals.js";
import { isActive, start, suspend } from "../domain/computes.js";
import { without } from "../domain/values.js";
import type { Hosts } from "../hosts.js";
import type { Step } from "../domain/actions.js";
import type { StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { type Actor, chosenOrg, organizationOf, organizationsOf } from "./actor.js";
import { putAnnotation } from "./annotations.js";
import { makerOf } from "./maker.js";
import { decodeCursor, encodeCursor, flag, limitUpTo } from "./paging.js";
import { putRole } from "../services/roles.js";
import { shownWithPassword } from "../domain/roles.js";
import { type Call, route } from "./route.js";

const ListQuery = z.object({
  cursor: z.string().optional(),
  limit: limitUpTo(400),
  search: z.string().optional(),
  org_id: z.string().optional(),
  recoverable: flag,
});
const SharedQuery = ListQuery.pick({ cursor: true, limit: true, search: true });
const DEFAULT_PAGE = 10;

export const projectRoutes = [
  route({
    method: "GET",
    path: "/projects",
    who: "anyone",
    least: "none",
    effect: "read",
    query: ListQuery,
    answers: { 200: ProjectsPage },
    handle({ tx, hosts, actor, query }) {
      const projects = visibleProjects(tx, actor, query);
      const last = projects.at(-1);
      const keyed = Object.fromEntries(projects.map(({ id }) => [id, []]));
      return {
        projects: projects.map((project) => listItem(project, hosts.proxyHost, tx.get("organization", project.owner_id)?.name)),
        applications: keyed,
        integrations: keyed,
        ...(last && { pagination: { cursor: encodeCursor({ value: last.created_at, id: last.id }) } }),
      };
    },
  }),
  route({
    method: "POST",
    path: "/projects",
    who: "chosenOrganization",
    least: "editor",
    chosen: ({ body }) => body.project.org_id,
    effect: "mutation",
    body: ProjectCreateRequest,
    answers: { 201: CreatedProject },
    handle({ tx, hosts, mint, at, actor, organization, pgVersions, body, enqueue, log }) {
      mustHaveRoom(tx, organization.id, limitsOf(organization));
      const made = newProject(body.project, { organization, by: makerOf(actor), at, mint, databaseId: tx.number(), pgVersions });
      const { project, branch, owner, database, compute } = made;
      tellOfReplication(project, log);
      tx.put("project", project);
      tx.put("branch", branch);
      putAnnotation(tx, branch.id, made.annotations, at);
      putRole(tx, project, owner);
      tx.put("database", database);
      tx.put("endpoint", compute);
      const login = { endpointId: compute.id, role: owner.role.name, password: owner.password, database: database.name };
      return {
        project: shownProject(project, hosts),
        connection_uris: [hosts.connection(login)],
        roles: [shownWithPassword(owner)],
        databases: [database],
        operations: enqueue(project.id, [{ action: "create_timeline", branch_id: branch.id }, start(compute)]),
        branch,
        endpoints: [hosts.dress(compute)],
      };
    },
  }),
  route({
    method: "GET",
    path: "/projects/shared",
    who: "anyone",
    least: "none",
    effect: "read",
    query: SharedQuery,
    answers: { 200: SharedProjectsPage },
    handle({ tx, hosts, actor, query }) {
      const projects = sharedProjects(tx, actor, query);
      const last = projects.at(-1);
      return {
        projects: projects.map((project) => listItem(project, hosts.proxyHost, tx.get("organization", project.owner_id)?.name)),
        ...(last && { pagination: { cursor: encodeCursor({ value: last.created_at, id: last.id }) } }),
      };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:project_id",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: ProjectResponse },
    handle: ({ project, hosts }) => ({ project: shownProject(project, hosts) }),
  }),
  route({
    method: "PATCH",
    path: "/projects/:project_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: ProjectUpdateRequest,
    answers: { 200: ProjectOperations },
    handle({ tx, hosts, at, project, organization, body, enqueue, log }) {
      const changed = changedProject(project, body.project, limitsOf(organization), at);
      if (!project.settings?.enable_logical_replication) tellOfReplication(changed, log);
      tx.put("project", changed);
      return { project: shownProject(changed, hosts), operations: enqueue(project.id, consequences(tx, project, changed)) };
    },
  }),
  route({
    method: "DELETE",
    path: "/projects/:project_id",
    who: "project",
    least: "administrator",
    effect: "mutation",
    exclusive: true,
    answers: { 200: ProjectResponse },
    handle({ tx, hosts, at, project }) {
      mustBeDeletable(tx.list("branch", { where: { project: project.id, protected: true } }));
      tx.put("project", deletedProject(project, at));
      return { project: shownProject(project, hosts) };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:project_id/available_preload_libraries",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: PreloadLibrariesResponse },
    /** The computes of the plane preload none on request. */
    handle: () => ({ libraries: [] }),
  }),
  route({
    method: "POST",
    path: "/projects/:project_id/recover",
    who: "deletedProject",
    least: "administrator",
    effect: "mutation",
    answers: { 200: ProjectRecoverResponse },
    handle({ tx, hosts, at, project, organization }) {
      const live = recoveredProject(project, at);
      mustHaveRoom(tx, organization.id, limitsOf(organization));
      tx.put("project", live);
      return { project: shownProject(live, hosts), branches: tx.list("branch", { where: { project: project.id } }) };
    },
  }),
];

/** The newest last, so that a page that has been read does not move. */
function visibleProjects(tx: Tx, actor: Actor, query: z.infer<typeof ListQuery>): StoredProject[] {
  const deleted = query.recoverable === "true" ? "only" : "without";
  if (actor.kind === "project") {
    const own = tx.get("project", actor.projectId);
    return own && query.cursor === undefined && (own.deleted_at !== undefined) === (deleted === "only") ? [own] : [];
  }
  const { id } = organizationOf(tx, actor, chosenOrg(actor, query.org_id));
  const after = decodeCursor(query.cursor);
  return tx.list("project", {
    ...{ where: { org: id }, deleted, search: query.search, order: "created_at", after },
    limit: query.limit ?? DEFAULT_PAGE,
  });
}

/** Of other organisations, by e-mail address. A key of an organisation or a project is nobody's address. */
function sharedProjects(tx: Tx, actor: Actor, { cursor, limit = DEFAULT_PAGE, search }: z.infer<typeof SharedQuery>): StoredProject[] {
  if (actor.kind !== "personal") return [];
  const own = new Set(organizationsOf(tx, actor).map(({ id }) => id));
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

function mustHaveRoom(tx: Tx, orgId: string, limits: PlanLimits): void {
  if (tx.count("project", { where: { org: orgId } }) >= limits.projects) throw new Refusal("projectsLimit", { max: limits.projects });
}

/** A setting that is taken has its effect, or is said to have none. */
function tellOfReplication({ id, settings }: StoredProject, log: Call<string, unknown, unknown>["log"]): void {
  if (settings?.enable_logical_replication !== true) return;
  const message = "logical replication is kept as a setting only: wal_level stays replica, and connections for replication are refused";
  log({ level: "warn", event: "no-logical-replication", project: id, message });
}

/** A new retention is work for the storage; logical replication suspends what runs. */
function consequences(tx: Tx, before: StoredProject, after: StoredProject): Step[] {
  const storage = before.history_retention_seconds !== after.history_retention_seconds;
  const replication = !before.settings?.enable_logical_replication && after.settings?.enable_logical_replication;
  const running = replication ? tx.list("endpoint", { where: { project: after.id } }).filter(isActive) : [];
  return [...(storage ? [{ action: "apply_storage_config" as const }] : []), ...running.map(suspend)];
}

const shownProject = (project: StoredProject, hosts: Hosts): Project => ({
  ...without(project, "deleted_at", "recoverable_until"),
  proxy_host: hosts.proxyHost,
});
