import { CreatedBranch, BranchesPage } from "@palisade/neon/contract/wire/branch";
import { ProjectsPage } from "@palisade/neon/contract/wire/project";
import type { RefusalName } from "../../../control-plane/domain/refusals.js";
import { type Refused, sharedPlane } from "../../support/plane.js";
import { verifyBob } from "../../support/temporaryAccess.js";

/** Calls that are refused, each by the refusal it provokes. */
export type Provocations = Partial<Record<RefusalName, () => Promise<Refused>>>;

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}` }));
export const PROTECTED = "br-kept-safe-a1111111";
const SEED = {
  organisations: [{ name: "Small", plan: "free" }],
  users: [
    { name: "Mona", email: "mona@palisade.test", role: "member" },
    { name: "Vera", email: "vera@palisade.test", role: "viewer" },
    { name: "Olga", email: "olga@palisade.test", organisation: "Small" },
  ],
  projects: [
    {
      name: "world",
      id: "world-00000001",
      branches: [{ name: "main" }, { name: "kept", id: PROTECTED, protected: true, computes: ["read_write"] }],
    },
    { name: "full", id: "full-00000001", roles: names("role", 499), databases: names("database", 499) },
  ],
  keys: [
    { kind: "personal", name: "mona", user: "Mona", key: "napi_mona" },
    { kind: "personal", name: "vera", user: "Vera", key: "napi_vera" },
    { kind: "organisation", name: "org", key: "napi_org" },
    { kind: "personal", name: "olga", user: "Olga", key: "napi_olga" },
    { kind: "organisation", name: "small", organisation: "Small", key: "napi_small" },
    { kind: "project", name: "project", project: "world", key: "napi_project" },
  ],
};
const FREE_SEED = { projects: names("p", 99).concat([{ name: "q" }]) };

/** Where they are provoked: for most of them one plane will do. */
export const plane = sharedPlane({ seed: SEED });
export const free = sharedPlane({ seed: FREE_SEED, plan: "free" });
export const slow = sharedPlane({ operationTimeMs: 30_000 });
export const limited = sharedPlane({ rateLimits: "neon" });
export const real = sharedPlane({ computes: "postgres", proxyPort: 0 });
export const approving = sharedPlane({ verifyApproval: verifyBob });
export const { api } = plane;

export const world = (method: string, path: string, body?: unknown) => api.refused(method, `/projects/world-00000001/${path}`, body);
export const organization = (method: string, path: string, body?: unknown) =>
  api.refused(method, `/organizations/${plane.ready.orgId}/${path}`, body);

const branchesOf = async (projectId: string) => (await api.ok(BranchesPage, "GET", `/projects/${projectId}/branches`)).branches;
export const mainBranch = async (projectId = "world-00000001") => (await branchesOf(projectId)).find((branch) => branch.default)?.id ?? "";

let used = 0;
/** Path of a project on the free plan that no other provocation has used. */
export async function freeProject(): Promise<string> {
  const { projects } = await free.api.ok(ProjectsPage, "GET", `/projects?limit=100&org_id=${free.ready.orgId}`);
  return `/projects/${projects[used++]?.id ?? ""}`;
}

export async function parentAndChild() {
  const { project, branch } = await api.project();
  const path = `/projects/${project.id}`;
  const parent = (await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "parent" } })).branch.id;
  const child = (await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "child", parent_id: parent } })).branch.id;
  await api.settled(project.id);
  return { project: path, root: branch.id, parent, child };
}
