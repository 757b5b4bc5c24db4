import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { OperationsPage } from "@palisade/neon/contract/wire/common";
import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { type CreatedProject, ProjectsPage } from "@palisade/neon/contract/wire/project";
import { TransferRequest } from "@palisade/neon/contract/wire/transfer";
import { MembersPage } from "@palisade/neon/contract/wire/member";
import { REFUSALS, type RefusalName } from "../../control-plane/domain/refusals.js";
import { operationFailed } from "../../contract/operations.js";
import {
  type Answer,
  type Api,
  type Refused,
  type TestPlane,
  planeDirectory,
  removePlaneDirectories,
  startPlane,
} from "../support/plane.js";
import { until } from "../support/until.js";

/** Every row of the table of refusals, provoked on a running plane. */

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}` }));
const PROTECTED = "br-kept-safe-a1111111";
const SEED = {
  organisations: [{ name: "Small", plan: "free" }],
  users: [
    { name: "Mona", email: "mona@palisade.test", role: "member" },
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
    { kind: "organisation", name: "org", key: "napi_org" },
    { kind: "personal", name: "olga", user: "Olga", key: "napi_olga" },
    { kind: "organisation", name: "small", organisation: "Small", key: "napi_small" },
    { kind: "project", name: "project", project: "world", key: "napi_project" },
  ],
};
const FREE_SEED = { projects: names("p", 99).concat([{ name: "q" }]) };

let plane: TestPlane;
let free: TestPlane;
let slow: TestPlane;
let limited: TestPlane;
let api: Api;

async function seeded(seed: unknown, plan: "scale" | "free"): Promise<TestPlane> {
  const directory = planeDirectory();
  const seedFile = join(directory, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seed));
  return startPlane({ plan, seedFile, dataDirectory: join(directory, "data") });
}

beforeAll(async () => {
  plane = await seeded(SEED, "scale");
  free = await seeded(FREE_SEED, "free");
  slow = await startPlane({ operationTimeMs: 30_000 });
  limited = await startPlane({ rateLimits: "neon" });
  api = plane.api;
});
afterAll(async () => {
  await Promise.all([plane, free, slow, limited].map((each) => each.stop()));
  removePlaneDirectories();
});

const PROVOKE: Record<RefusalName, () => Promise<Refused>> = {
  badRequest: () => api.refused("POST", "/projects", { project: { name: 7 } }),
  badJson: () => api.refused("POST", "/projects", "{"),
  bodyTooLarge: () => api.refused("POST", "/projects", { project: { name: "x".repeat(1_048_576) } }),
  unauthenticated: () => api.withKey("napi_nobody").refused("GET", "/auth"),
  unknownRoute: () => api.refused("GET", "/no/such/route"),
  rateLimited: () => Promise.any(Array.from({ length: 400 }, () => limited.api.refused("GET", "/auth"))),
  busy: async () => {
    const { body } = await slow.api.call("POST", "/projects", { project: { org_id: slow.ready.orgId } });
    return slow.api.refused("PATCH", `/projects/${(body as { project: { id: string } }).project.id}`, { project: { name: "x" } });
  },
  internal: async () => {
    // No call leads there, so a fault is laid under one.
    const broken = await startPlane();
    const path = `/projects?org_id=${broken.ready.orgId}`;
    const parse = JSON.parse;
    jest.spyOn(JSON, "parse").mockImplementation((text, reviver) => {
      // The other planes of this process go on reading.
      if (text.includes(broken.ready.orgId)) throw new Error("a fault in the middle of a call, with npg_abcdefghijkl in it");
      return parse(text, reviver) as unknown;
    });
    const refused = await broken.api.refused("GET", path);
    jest.restoreAllMocks();
    expect(JSON.stringify(broken.logged)).toContain("a fault in the middle of a call");
    expect(JSON.stringify(broken.logged)).not.toContain("npg_abc");
    expect((await broken.api.call("GET", path)).status).toBe(200);
    await broken.stop();
    return refused;
  },

  personalKeyNeeded: () => api.withKey("napi_org").refused("GET", "/users/me"),
  projectKeyLimited: () => api.withKey("napi_project").refused("POST", "/projects", { project: {} }),
  adminNeeded: () => api.withKey("napi_mona").refused("DELETE", "/projects/world-00000001"),
  memberNeeded: async () => {
    await api.call("POST", "/projects/world-00000001/permissions", { email: "olga@palisade.test" });
    return api.withKey("napi_olga").refused("GET", "/projects/world-00000001/permissions");
  },
  orgIdRequired: () => api.refused("GET", "/projects"),
  organizationNotFound: () => api.refused("GET", "/organizations/org-no-such-00000000"),
  apiKeyNotFound: () => api.refused("DELETE", "/api_keys/999999"),

  memberNotFound: () => organization("PATCH", "members/nobody", { role: "viewer" }),
  memberExists: () => organization("POST", "invitations", { invitations: [{ email: "mona@palisade.test", role: "viewer" }] }),
  lastAdmin: async () => {
    const { members } = await api.ok(MembersPage, "GET", `/organizations/${plane.ready.orgId}/members`);
    return organization("DELETE", `members/${members.find(({ member }) => member.role === "admin")?.member.id ?? ""}`);
  },

  vpcNotInPlan: () => free.api.refused("POST", `/organizations/${free.ready.orgId}/${vpce(1)}`, { label: "" }),
  vpcRegion: () => organization("POST", "vpc/region/azure-gwc/vpc_endpoints/vpce-1", { label: "" }),
  vpcEndpointNotFound: () => organization("GET", vpce(404)),
  vpcEndpointNotAssigned: () => world("POST", "vpc_endpoints/vpce-0000000000000404", { label: "" }),
  vpcEndpointRemoved: async () => {
    await assign(1);
    expect((await api.call("DELETE", `/organizations/${plane.ready.orgId}/${vpce(1)}`)).status).toBe(200);
    return organization("POST", vpce(1), { label: "" });
  },
  vpcEndpointInUse: async () => {
    await assign(2);
    const { project } = await api.project({ region_id: REGION });
    expect((await api.call("POST", `/projects/${project.id}/vpc_endpoints/${vpce(2).split("/").pop() ?? ""}`, { label: "" })).status).toBe(
      200,
    );
    return organization("DELETE", vpce(2));
  },
  vpcEndpointsLimit: async () => {
    for (let number = 100; number < 110; number++)
      await api.call("POST", `/organizations/${plane.ready.orgId}/${vpce(number)}`, { label: "" });
    return organization("POST", vpce(110), { label: "" });
  },

  permissionNotFound: () => world("DELETE", "permissions/00000000-0000-4000-8000-000000000000"),
  jwksNotFound: () => world("DELETE", "jwks/00000000-0000-4000-8000-000000000000"),
  jwksUrl: () => world("POST", "jwks", { jwks_url: "http://keys.example/jwks", provider_name: "x" }),

  projectNotFound: () => api.refused("GET", "/projects/no-such-00000000"),
  projectNotRecoverable: () => api.refused("POST", "/projects/world-00000001/recover"),
  projectHasProtectedBranches: () => api.refused("DELETE", "/projects/world-00000001"),
  projectsLimit: () => free.api.refused("POST", "/projects", { project: { org_id: free.ready.orgId } }),
  unknownRegion: () => create({ region_id: "aws-mars-1" }),
  unknownPgVersion: () => create({ pg_version: 13 }),
  allowedIpsNotInPlan: async () =>
    free.api.refused("PATCH", await freeProject(), { project: { settings: { allowed_ips: { ips: ["192.0.2.1"] } } } }),
  badAllowedIp: () => create({ settings: { allowed_ips: { ips: ["192.0.2.1", "192.0.2.999"] } } }),
  retentionBeyondPlan: async () => free.api.refused("PATCH", await freeProject(), { project: { history_retention_seconds: 86_400 } }),
  hipaaNotInPlan: async () => free.api.refused("PATCH", await freeProject(), { project: { settings: { hipaa: true } } }),
  hipaaStays: () => switchedOff("hipaa"),
  replicationStays: () => switchedOff("enable_logical_replication"),

  branchNotFound: () => world("GET", "branches/br-no-such-a0000000"),
  branchExists: () => world("POST", "branches", { branch: { name: "kept" } }),
  branchNotReady: async () => {
    await api.call("POST", "/x-palisade/test/operations/fail", { action: "create_timeline", times: 3 });
    const { body } = await api.call("POST", "/projects", { project: { org_id: plane.ready.orgId } });
    const { id } = (body as { project: { id: string } }).project;
    await until("the operation fails", async () => {
      const { operations } = await api.ok(OperationsPage, "GET", `/projects/${id}/operations`);
      return operations.some(({ status }) => operationFailed(status));
    });
    await api.settled(id);
    return api.refused("POST", `/projects/${id}/branches`, {});
  },
  branchesLimit: async () => {
    const project = await freeProject();
    for (let count = 1; count < 10; count++) await free.api.ok(CreatedBranch, "POST", `${project}/branches`);
    return free.api.refused("POST", `${project}/branches`);
  },
  rootBranchesLimit: async () => {
    const project = await freeProject();
    const body = { branch: { init_source: "schema-only" } };
    for (let count = 1; count < 3; count++) await free.api.ok(CreatedBranch, "POST", `${project}/branches`, body);
    return free.api.refused("POST", `${project}/branches`, body);
  },
  protectedBranchesLimit: async () => {
    const { project } = await api.project();
    for (let count = 0; count < 5; count++)
      await api.ok(CreatedBranch, "POST", `/projects/${project.id}/branches`, { branch: { protected: true } });
    return api.refused("POST", `/projects/${project.id}/branches`, { branch: { protected: true } });
  },
  protectedExpiry: () => world("PATCH", `branches/${PROTECTED}`, { branch: { expires_at: "2100-01-01T00:00:00Z" } }),
  defaultExpiry: async () => world("PATCH", `branches/${await mainBranch()}`, { branch: { expires_at: "2100-01-01T00:00:00Z" } }),
  expiryPast: () => world("POST", "branches", { branch: { expires_at: "2001-01-01T00:00:00Z" } }),
  unknownInitSource: () => world("POST", "branches", { branch: { init_source: "nowhere" } }),
  momentTwice: () => world("POST", "branches", { branch: { parent_timestamp: "2100-01-01T00:00:00Z", parent_lsn: "0/1DE2850" } }),
  momentAhead: () => world("POST", "branches", { branch: { parent_timestamp: "2100-01-01T00:00:00Z" } }),
  momentBefore: () => world("POST", "branches", { branch: { parent_timestamp: "2001-01-01T00:00:00Z" } }),
  deletesProtected: () => world("DELETE", `branches/${PROTECTED}`),
  deletesDefault: async () => world("DELETE", `branches/${await mainBranch()}`),
  deletesRoot: async () => {
    const { project, branch } = await api.project();
    const child = await api.ok(CreatedBranch, "POST", `/projects/${project.id}/branches`);
    await api.call("POST", `/projects/${project.id}/branches/${child.branch.id}/set_as_default`);
    return api.refused("DELETE", `/projects/${project.id}/branches/${branch.id}`);
  },
  deletesParent: async () => {
    const { project, parent } = await parentAndChild();
    return api.refused("DELETE", `${project}/branches/${parent}`);
  },
  resetsProtected: async () => world("POST", `branches/${PROTECTED}/restore`, { source_branch_id: await mainBranch() }),
  restoreNeedsName: async () => {
    const { project, parent, root } = await parentAndChild();
    return api.refused("POST", `${project}/branches/${parent}/restore`, { source_branch_id: root });
  },
  restoreFromItself: async () => {
    const { project, child } = await parentAndChild();
    return api.refused("POST", `${project}/branches/${child}/restore`, { source_branch_id: child });
  },
  branchNotRecoverable: () => world("POST", `branches/${PROTECTED}/recover`),
  parentDeleted: async () => {
    const { project, parent, child } = await parentAndChild();
    for (const id of [child, parent]) expect((await api.call("DELETE", `${project}/branches/${id}`)).status).toBe(200);
    return api.refused("POST", `${project}/branches/${child}/recover`);
  },

  snapshotNotFound: () => world("DELETE", "snapshots/snap-no-such-a0000000"),
  snapshotOfChild: async () => {
    const { project, child } = await parentAndChild();
    return api.refused("POST", `${project}/branches/${child}/snapshot`);
  },
  snapshotsLimit: async () => {
    const { project, branch } = await api.project();
    for (let number = 0; number < 10; number++) expect((await snapshotOf(project.id, branch.id)).status).toBe(200);
    return api.refused("POST", `/projects/${project.id}/branches/${branch.id}/snapshot`);
  },
  snapshotSlugExists: async () => {
    const { project, branch } = await api.project();
    expect((await snapshotOf(project.id, branch.id, "?slug=one")).status).toBe(200);
    return api.refused("POST", `/projects/${project.id}/branches/${branch.id}/snapshot?slug=one`);
  },
  notRestored: async () => world("POST", `branches/${await mainBranch()}/finalize_restore`),

  endpointNotFound: () => world("GET", "endpoints/ep-no-such-a0000000"),
  endpointOfProtected: async () => world("DELETE", `endpoints/${await computeOf(PROTECTED)}`),
  endpointExists: () => world("POST", "endpoints", { endpoint: { branch_id: PROTECTED, type: "read_write" } }),
  endpointRegion: () => world("POST", "endpoints", { endpoint: { branch_id: PROTECTED, type: "read_only", region_id: "azure-gwc" } }),
  endpointMove: async () => world("PATCH", `endpoints/${await computeOf(PROTECTED)}`, { endpoint: { branch_id: await mainBranch() } }),
  endpointDisabled: async () => {
    const { project, endpoints } = await api.project();
    const path = `/projects/${project.id}/endpoints/${endpoints[0]?.id ?? ""}`;
    await api.call("PATCH", path, { endpoint: { disabled: true } });
    return api.refused("POST", `${path}/start`);
  },
  endpointInTransition: async () => {
    const { body } = await slow.api.call("POST", "/projects", { project: { org_id: slow.ready.orgId } });
    const { project, endpoints } = body as CreatedProject;
    return slow.api.refused("POST", `/projects/${project.id}/endpoints/${endpoints[0]?.id ?? ""}/suspend`);
  },
  computeUnits: () =>
    world("POST", "endpoints", {
      endpoint: { branch_id: PROTECTED, type: "read_only", autoscaling_limit_min_cu: 2, autoscaling_limit_max_cu: 1 },
    }),
  suspendTimeout: () => world("POST", "endpoints", { endpoint: { branch_id: PROTECTED, type: "read_only", suspend_timeout_seconds: 59 } }),
  noEndpoint: async () => {
    const { project, child } = await parentAndChild();
    return api.refused("GET", `${project}/connection_uri?role_name=neondb_owner&database_name=neondb&branch_id=${child}`);
  },

  roleNotFound: () => world("GET", `branches/${PROTECTED}/roles/nobody`),
  roleExists: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "neondb_owner" } }),
  roleNameReserved: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "pg_reader" } }),
  nameTooLong: () => world("POST", `branches/${PROTECTED}/roles`, { role: { name: "é".repeat(32) } }),
  rolesLimit: async () => full("roles", { role: { name: "one_more" } }),
  roleOwnsDatabase: () => world("DELETE", `branches/${PROTECTED}/roles/neondb_owner`),
  roleWithoutLogin: async () => {
    await api.call("POST", `/projects/world-00000001/branches/${PROTECTED}/roles`, { role: { name: "group", no_login: true } });
    return world("GET", `branches/${PROTECTED}/roles/group/reveal_password`);
  },
  passwordsNotStored: async () => {
    const { project, branch } = await api.project({ store_passwords: false });
    return api.refused("GET", `/projects/${project.id}/branches/${branch.id}/roles/neondb_owner/reveal_password`);
  },

  databaseNotFound: () => world("GET", `branches/${PROTECTED}/databases/nothing`),
  databaseExists: () => world("POST", `branches/${PROTECTED}/databases`, { database: { name: "neondb", owner_name: "neondb_owner" } }),
  databasesLimit: async () => full("databases", { database: { name: "one_more", owner_name: "neondb_owner" } }),

  schemaNeedsPostgres: () => world("GET", `branches/${PROTECTED}/schema?db_name=neondb`),
  schemaPast: () => world("GET", `branches/${PROTECTED}/schema?db_name=neondb&lsn=0/1DE2850`),
  schemaTooLarge: () =>
    inPostgres(async (client, schema) => {
      await client.query(`CREATE FUNCTION large() RETURNS text LANGUAGE sql AS $$SELECT '${"x".repeat(4_200_000)}'$$`);
      return schema();
    }),
  schemaLocked: () =>
    inPostgres(async (client, schema) => {
      await client.query("CREATE TABLE held (a int DEFAULT 1)");
      await client.query("BEGIN; LOCK TABLE held");
      return schema();
    }),
  schemaNeedsBase: async () => world("GET", `branches/${await mainBranch()}/compare_schema?db_name=neondb`),

  credentialNotFound: () => world("POST", `branches/${PROTECTED}/credentials/nak_live_0/reveal`),

  transferRequestNotFound: () =>
    api.withKey("napi_small").refused("PUT", "/projects/world-00000001/transfer_requests/00000000-0000-4000-8000-000000000000"),
  transferUnsatisfied: async () => {
    const { id } = await api.ok(TransferRequest, "POST", "/projects/world-00000001/transfer_requests");
    return api.withKey("napi_small").refused("PUT", `/projects/world-00000001/transfer_requests/${id}`);
  },

  consumptionNotInPlan: () => free.api.refused("GET", `/consumption_history/projects?org_id=${free.ready.orgId}&${MARCH}`),
  consumptionRange: () => api.refused("GET", `/consumption_history/projects?org_id=${plane.ready.orgId}&${MARCH}`),

  operationNotFound: () => world("GET", "operations/00000000-0000-4000-8000-000000000000"),
};

test.each(Object.keys(PROVOKE) as RefusalName[])(
  "%s",
  async (name) => {
    const { status, code, text } = REFUSALS[name];
    const refused = await PROVOKE[name]();
    expect(refused).toMatchObject({ status, code });
    const pattern = text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "(.+)");
    expect(refused.message).toMatch(new RegExp(`^${pattern}$`));
    expect(refused.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(refused.headers.get("x-neon-ret-request-id")).toBe(refused.headers.get("x-request-id"));
    expect(refused.headers.get("content-type")).toContain("application/json");
  },
  60_000,
);

test("a wrong type is named by its path", async () => {
  expect((await PROVOKE.badRequest()).message).toContain("project.name");
  expect((await PROVOKE.badAllowedIp()).message).toContain('"192.0.2.999"');
});

const world = (method: string, path: string, body?: unknown) => api.refused(method, `/projects/world-00000001/${path}`, body);
const organization = (method: string, path: string, body?: unknown) =>
  api.refused(method, `/organizations/${plane.ready.orgId}/${path}`, body);
const REGION = "aws-us-east-2";
const vpce = (number: number) => `vpc/region/${REGION}/vpc_endpoints/vpce-${String(number).padStart(16, "0")}`;
async function assign(number: number): Promise<void> {
  expect((await api.call("POST", `/organizations/${plane.ready.orgId}/${vpce(number)}`, { label: "" })).status).toBe(200);
}
const create = (project: object) => api.refused("POST", "/projects", { project: { org_id: plane.ready.orgId, ...project } });

const branchesOf = async (projectId: string) => (await api.ok(BranchesPage, "GET", `/projects/${projectId}/branches`)).branches;
const mainBranch = async (projectId = "world-00000001") => (await branchesOf(projectId)).find((branch) => branch.default)?.id ?? "";
const full = async (what: string, body: unknown) =>
  api.refused("POST", `/projects/full-00000001/branches/${await mainBranch("full-00000001")}/${what}`, body);

async function computeOf(branchId: string): Promise<string> {
  const { body } = await api.call("GET", `/projects/world-00000001/branches/${branchId}/endpoints`);
  return (body as { endpoints: { id: string }[] }).endpoints[0]?.id ?? "";
}

const MARCH = "granularity=hourly&from=2024-03-01T00:00:00Z&to=2024-03-02T00:00:00Z";

/** With a session in a real database, and the call that reads its schema. */
async function inPostgres(provoke: (client: Client, schema: () => Promise<Refused>) => Promise<Refused>): Promise<Refused> {
  const real = await startPlane({ computes: "postgres", proxyPort: 0 });
  const { project, branch, connection_uris } = await real.api.project();
  const client = new Client({ connectionString: connection_uris[0]?.connection_uri });
  try {
    await client.connect();
    return await provoke(client, () => real.api.refused("GET", `/projects/${project.id}/branches/${branch.id}/schema?db_name=neondb`));
  } finally {
    await client.end();
    await real.stop();
  }
}

let used = 0;
/** Path of a project on the free plan that no other provocation has used. */
async function freeProject(): Promise<string> {
  const { projects } = await free.api.ok(ProjectsPage, "GET", `/projects?limit=100&org_id=${free.ready.orgId}`);
  return `/projects/${projects[used++]?.id ?? ""}`;
}

async function parentAndChild() {
  const { project, branch } = await api.project();
  const path = `/projects/${project.id}`;
  const parent = (await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "parent" } })).branch.id;
  const child = (await api.ok(CreatedBranch, "POST", `${path}/branches`, { branch: { name: "child", parent_id: parent } })).branch.id;
  await api.settled(project.id);
  return { project: path, root: branch.id, parent, child };
}

async function switchedOff(setting: string): Promise<Refused> {
  const { project } = await api.project({ settings: { [setting]: true } });
  return api.refused("PATCH", `/projects/${project.id}`, { project: { settings: { [setting]: false } } });
}

async function snapshotOf(project: string, branch: string, query = ""): Promise<Answer> {
  const answer = await api.call("POST", `/projects/${project}/branches/${branch}/snapshot${query}`);
  await api.settled(project);
  return answer;
}
