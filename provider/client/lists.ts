import type { NeonApi } from "./api.js";
import { absent } from "./calls.js";

/** A list older than this is asked for again, in milliseconds. Ours: a refresh of 1,000 resources takes about half of it. */
const LIST_AGE_MS = 60_000;

/** What a project that is not there holds. */
const NONE: Awaited<ReturnType<NeonApi["branches"]>> = { branches: [], annotations: {} };

/**
 * The same calls, where one list answers for every object in it: a refresh asks once per parent instead of once per object. A list is asked for
 * once however many want it. What it does not hold is asked for by itself: absence is never concluded from a list.
 */
export function listing(api: NeonApi, orgId: () => Promise<string>, ageMs = LIST_AGE_MS): { api: NeonApi; forget: () => void } {
  const lists = new Map<string, { list: Promise<unknown>; at: number }>();

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
  };
}
