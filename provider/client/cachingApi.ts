import type { NewBranch, NeonApi } from "./api.js";
import { catchNotFound } from "./calls.js";

/** A list older than this is asked for again, in milliseconds. Ours: a refresh of 1,000 resources takes about half of it. */
const LIST_AGE_MS = 60_000;

/** Branches of a project that does not exist. */
const NONE: Awaited<ReturnType<NeonApi["listBranches"]>> = { branches: [], annotations: {} };

/**
 * The same calls, where one list answers for every object in it: a refresh asks once per parent instead of once per object. A list is asked for
 * once however many want it. What it does not hold is asked for by itself: absence is never concluded from a list.
 */
export function createCachingApi(api: NeonApi, orgId: () => Promise<string>, ageMs = LIST_AGE_MS): CachingApi {
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

  const projects = async () => shared("projects", async () => api.listProjects(await orgId()));
  const branches = (projectId: string) => shared(`branches/${projectId}`, () => api.listBranches(projectId));
  const computes = (projectId: string) => shared(`computes/${projectId}`, () => api.listComputes(projectId));
  const roles = (projectId: string, branchId: string) => shared(`roles/${branchId}`, () => api.listRoles(projectId, branchId));

  const listed: Partial<NeonApi> = {
    listBranches: branches,
    async listProjects(org, search) {
      if (org !== (await orgId())) return api.listProjects(org, search);
      return (await projects()).filter(({ id, name }) => search === undefined || id.includes(search) || name.includes(search));
    },
    listComputes: computes,
    listRoles: roles,
    listDatabases: (projectId, branchId) => shared(`databases/${branchId}`, () => api.listDatabases(projectId, branchId)),
    listJwks: (projectId) => shared(`jwks/${projectId}`, () => api.listJwks(projectId)),

    async findProject(projectId) {
      const project = (await projects()).find(({ id }) => id === projectId);
      return project ? { project } : api.findProject(projectId);
    },

    async findBranch(projectId, branchId) {
      const { branches: all, annotations } = (await catchNotFound(branches(projectId))) ?? NONE;
      const branch = all.find(({ id }) => id === branchId);
      const annotation = annotations[branchId];
      return branch ? { branch, ...(annotation && { annotation }) } : api.findBranch(projectId, branchId);
    },

    async listBranchComputes(projectId, branchId) {
      const { endpoints } = await computes(projectId);
      return { endpoints: endpoints.filter((endpoint) => endpoint.branch_id === branchId) };
    },

    async findCompute(projectId, endpointId) {
      const { endpoints } = (await catchNotFound(computes(projectId))) ?? { endpoints: [] };
      return endpoints.find(({ id }) => id === endpointId) ?? api.findCompute(projectId, endpointId);
    },

    findRole: async (projectId, branchId, name) =>
      (await roles(projectId, branchId))?.find((role) => role.name === name) ?? api.findRole(projectId, branchId, name),

    snapshots: {
      ...api.snapshots,
      list: (projectId) => shared(`snapshots/${projectId}`, () => api.snapshots.list(projectId)),
    },

    vpc: {
      ...api.vpc,
      listAssigned: (org) => shared(`assigned/${org}`, () => api.vpc.listAssigned(org)),
      listRestrictions: (projectId) => shared(`vpc/${projectId}`, () => api.vpc.listRestrictions(projectId)),
    },

    people: {
      ...api.people,
      listMembers: (org) => shared(`members/${org}`, () => api.people.listMembers(org)),
      listInvitations: (org) => shared(`invitations/${org}`, () => api.people.listInvitations(org)),
      listPermissions: (projectId) => shared(`permissions/${projectId}`, () => api.people.listPermissions(projectId)),
      listProjectMembers: (projectId) => shared(`projectMembers/${projectId}`, () => api.people.listProjectMembers(projectId)),
      listKeys: (owner) => shared(`keys/${owner.orgId ?? ""}`, () => api.people.listKeys(owner)),
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
  readonly seed: (made: NewBranch) => void;
}

/** In milliseconds, ours: what is to be changed is looked at this much before, at most. */
const RECENT_AGE_MS = 15_000;

/**
 * The same calls for looking at what is to be changed: one list of branches and one of computes answers for all of a project. What a call of
 * ours has written since is asked for by itself.
 */
export function createWriteAwareApi(
  api: NeonApi,
  orgId: () => Promise<string>,
): { api: NeonApi; recordWrite: (method: string, path: string) => void } {
  const cached = createCachingApi(api, orgId, RECENT_AGE_MS).api;
  const writtenAt = new Map<string, number>();
  const isOld = (key: string) => Date.now() - (writtenAt.get(key) ?? -Infinity) <= RECENT_AGE_MS;
  const looked: Partial<NeonApi> = {
    listBranches: (projectId) => (isOld(projectId) ? api.listBranches(projectId) : cached.listBranches(projectId)),
    findBranch: (projectId, branchId) => (isOld(branchId) ? api.findBranch(projectId, branchId) : cached.findBranch(projectId, branchId)),
    listBranchComputes: (projectId, branchId) =>
      isOld(`${projectId}/computes`) ? api.listBranchComputes(projectId, branchId) : cached.listBranchComputes(projectId, branchId),
  };
  return {
    api: Object.assign(Object.create(api) as NeonApi, looked),
    recordWrite(_method, path) {
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
