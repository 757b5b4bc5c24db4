import type { MadeBranch, NeonApi } from "./api.js";
import { absent } from "./calls.js";

/** A list older than this is asked for again, in milliseconds. Ours: a refresh of 1,000 resources takes about half of it. */
const LIST_AGE_MS = 60_000;

/** What a project that is not there holds. */
const NONE: Awaited<ReturnType<NeonApi["branches"]>> = { branches: [], annotations: {} };

/**
 * The same calls, where one list answers for every object in it: a refresh asks once per parent instead of once per object. A list is asked for
 * once however many want it. What it does not hold is asked for by itself: absence is never concluded from a list.
 */
export function cachingApi(api: NeonApi, orgId: () => Promise<string>, ageMs = LIST_AGE_MS): CachingApi {
  const lists = new Map<string, { list: Promise<unknown>; at: number }>();
  const put = (key: string, list: unknown) => void lists.set(key, { list: Promise.resolve(list), at: Date.now() });

  function shared<R>(key: string, ask: () => Promise<R>): Promise<R> {
    const known = lists.get(key);
    if (known && Date.now() - known.at < ageMs) return known.list as Promise<R>;
    const list = ask();
    lists.set(key, { list, at: Date.now() });
    // A failure is asked again.
    list.catch(() => {
      if (lists.get(key)?.list === list) lists.delete(key);
    });
    return list;
  }

  const projects = async () => shared("projects", async () => api.projects(await orgId()));
  const branches = (projectId: string) => shared(`branches/${projectId}`, () => api.branches(projectId));
  const computes = (projectId: string) => shared(`computes/${projectId}`, () => api.computes(projectId));
  const roles = (projectId: string, branchId: string) => shared(`roles/${branchId}`, () => api.roles(projectId, branchId));

  const listed: Partial<NeonApi> = {
    branches,
    async projects(org, search) {
      if (org !== (await orgId())) return api.projects(org, search);
      return (await projects()).filter(({ id, name }) => search === undefined || id.includes(search) || name.includes(search));
    },
    computes,
    roles,
    databases: (projectId, branchId) => shared(`databases/${branchId}`, () => api.databases(projectId, branchId)),
    jwks: (projectId) => shared(`jwks/${projectId}`, () => api.jwks(projectId)),

    async project(projectId) {
      const project = (await projects()).find(({ id }) => id === projectId);
      return project ? { project } : api.project(projectId);
    },

    async branch(projectId, branchId) {
      const { branches: all, annotations } = (await absent(branches(projectId))) ?? NONE;
      const branch = all.find(({ id }) => id === branchId);
      const annotation = annotations[branchId];
      return branch ? { branch, ...(annotation && { annotation }) } : api.branch(projectId, branchId);
    },

    async branchComputes(projectId, branchId) {
      const { endpoints } = await computes(projectId);
      return { endpoints: endpoints.filter((endpoint) => endpoint.branch_id === branchId) };
    },

    async compute(projectId, endpointId) {
      const { endpoints } = (await absent(computes(projectId))) ?? { endpoints: [] };
      return endpoints.find(({ id }) => id === endpointId) ?? api.compute(projectId, endpointId);
    },

    role: async (projectId, branchId, name) =>
      (await roles(projectId, branchId))?.find((role) => role.name === name) ?? api.role(projectId, branchId, name),

    snapshots: {
      ...api.snapshots,
      list: (projectId) => shared(`snapshots/${projectId}`, () => api.snapshots.list(projectId)),
    },

    vpc: {
      ...api.vpc,
      assignedTo: (org) => shared(`assigned/${org}`, () => api.vpc.assignedTo(org)),
      restrictions: (projectId) => shared(`vpc/${projectId}`, () => api.vpc.restrictions(projectId)),
    },

    people: {
      ...api.people,
      members: (org) => shared(`members/${org}`, () => api.people.members(org)),
      invitations: (org) => shared(`invitations/${org}`, () => api.people.invitations(org)),
      permissions: (projectId) => shared(`permissions/${projectId}`, () => api.people.permissions(projectId)),
      projectMembers: (projectId) => shared(`projectMembers/${projectId}`, () => api.people.projectMembers(projectId)),
      keys: (owner) => shared(`keys/${owner.orgId ?? ""}`, () => api.people.keys(owner)),
    },
  };

  return {
    api: Object.assign(Object.create(api) as NeonApi, listed),
    forget: () => {
      lists.clear();
    },
    forgetNames(method, path) {
      const [, projectId = "", branchId, of = ""] =
        /\/projects\/([^/]+)(?:\/branches\/([^/]+))?\/(roles|databases|jwks)\//.exec(path) ?? [];
      if (method !== "POST") lists.delete(`${of}/${of === "jwks" ? projectId : branchId}`);
    },
    seed({ branch, roles: made, databases, annotation, isOnly }) {
      put(`roles/${branch.id}`, made);
      put(`databases/${branch.id}`, databases);
      const annotations = { [branch.id]: { object: { type: "console/branch", id: branch.id }, value: annotation } };
      if (isOnly) put(`branches/${branch.project_id}`, { branches: [branch], annotations });
    },
  };
}

export interface CachingApi {
  readonly api: NeonApi;
  readonly forget: () => void;
  /** After a call that may have freed a name. */
  readonly forgetNames: (method: string, path: string) => void;
  /** What a call has just made need not be listed. */
  readonly seed: (made: MadeBranch) => void;
}

/** In milliseconds, ours: what is to be changed is looked at this much before, at most. */
const LOOK_AGE_MS = 15_000;

/**
 * The same calls for looking at what is to be changed: one list of branches and one of computes answers for all of a project. What a call of
 * ours has written since is asked for by itself.
 */
export function lookingApi(api: NeonApi, orgId: () => Promise<string>): { api: NeonApi; written: (method: string, path: string) => void } {
  const cached = cachingApi(api, orgId, LOOK_AGE_MS).api;
  const writtenAt = new Map<string, number>();
  const isOld = (key: string) => Date.now() - (writtenAt.get(key) ?? -Infinity) <= LOOK_AGE_MS;
  const looked: Partial<NeonApi> = {
    branches: (projectId) => (isOld(projectId) ? api.branches(projectId) : cached.branches(projectId)),
    branch: (projectId, branchId) => (isOld(branchId) ? api.branch(projectId, branchId) : cached.branch(projectId, branchId)),
    branchComputes: (projectId, branchId) =>
      isOld(`${projectId}/computes`) ? api.branchComputes(projectId, branchId) : cached.branchComputes(projectId, branchId),
  };
  return {
    api: Object.assign(Object.create(api) as NeonApi, looked),
    written(_method, path) {
      const parts = path.split("/");
      const [projectId, kind, branchId, ...below] = parts.slice(parts.indexOf("projects") + 1);
      if (projectId === undefined || !parts.includes("projects")) return;
      const now = Date.now();
      if (kind === "branches" && branchId !== undefined && below.length === 0)
        for (const key of [branchId, projectId]) writtenAt.set(key, now);
      if (kind === "endpoints" || (kind === "branches" && branchId === undefined)) writtenAt.set(`${projectId}/computes`, now);
    },
  };
}
