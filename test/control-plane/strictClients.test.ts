import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { BranchOperations, BranchResponse, BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { OperationResponse, OperationsPage } from "@palisade/neon/contract/wire/common";
import { EndpointOperations, EndpointResponse, EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { CreatedProject, ProjectOperations, ProjectResponse, ProjectsPage } from "@palisade/neon/contract/wire/project";
import { RoleOperations } from "@palisade/neon/contract/wire/role";
import { ROUTES } from "../../control-plane/api/routes.js";
import { sharedPlane, startPlane } from "../support/plane.js";

/**
 * What clients generated from Neon's OpenAPI file demand of a server (neon-api.md 8): a test for each of its sixteen lines, named by its number.
 * Where another file holds a line, its test is named and looked for.
 */
const SEED = {
  users: [{ name: "Mona", email: "mona@palisade.test", role: "member" }],
  projects: [
    { name: "shop", id: "shop-00000001", branches: [{ name: "main" }, { name: "kept", protected: true, computes: ["read_write"] }] },
  ],
  keys: [{ kind: "project", name: "shop", project: "shop", key: "napi_shop" }],
};

/** Until the plane has them, docs/guides/plane.md says so, and coverage.test.ts asks for it. */
const hasSnapshots = ROUTES.some(({ path }) => path.endsWith("/snapshot"));

const plane = sharedPlane({ seed: SEED });
const { api } = plane;
let org: string;
beforeAll(() => {
  org = `/organizations/${plane.ready.orgId}`;
});

function held(file: string, ...tests: string[]): void {
  const source = readFileSync(join(__dirname, file), "utf8");
  expect(tests.filter((test) => !source.includes(`test("${test}"`))).toEqual([]);
}

interface Value {
  path: string;
  value: unknown;
}
/** Every value of an answer, with where it stands. */
const values = (value: unknown, path = ""): Value[] => [
  { path, value },
  ...(typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => values(inner, `${path}.${Array.isArray(value) ? "0" : key}`))
    : []),
];

/** A project with something of everything. */
async function furnished() {
  const { project, branch, endpoints } = await api.project({ branch: {} });
  const at = `/projects/${project.id}`;
  const role = await api.ok(RoleOperations, "POST", `${at}/branches/${branch.id}/roles`, { role: { name: "app" } });
  await api.settled(project.id);
  await api.call("POST", `${at}/jwks`, { jwks_url: "https://keys.palisade.test/jwks", provider_name: "keys" });
  await api.call("POST", `${at}/permissions`, { email: "mona@palisade.test" });
  await api.call("POST", `${at}/branches/${branch.id}/credentials`, { scopes: ["storage:read"], principal_type: "user" });
  await api.call("POST", `${org}/api_keys`, { key_name: "unused" });
  return { at, id: project.id, branch, endpoint: endpoints[0]?.id ?? "", operation: role.operations[0]?.id ?? "" };
}

test("1. nothing optional is null, whole numbers are whole, times and UUIDs are what they are called, unknown fields are skipped", async () => {
  const { at, branch, endpoint, operation } = await furnished();
  const reads = [
    ...[
      "/auth",
      "/users/me",
      "/users/me/organizations",
      "/regions",
      "/api_keys",
      `/projects?org_id=${plane.ready.orgId}`,
      "/projects/shared",
    ],
    ...["", "/members", "/invitations", "/api_keys", "/vpc/vpc_endpoints"].map((path) => org + path),
    ...["", "/branches", "/branches/count", "/endpoints", "/operations", "/permissions", "/members", "/jwks", "/vpc_endpoints"].map(
      (path) => at + path,
    ),
    ...["", "/endpoints", "/roles", "/roles/app", "/databases", "/databases/neondb", "/credentials"].map(
      (path) => `${at}/branches/${branch.id}${path}`,
    ),
    ...[`${at}/endpoints/${endpoint}`, `${at}/operations/${operation}`, `${at}/available_preload_libraries`],
  ];
  const seen = { times: 0, uuids: 0, wholes: 0 };
  for (const path of reads) {
    const { status, headers, body } = await api.call("GET", path);
    expect([path, status, headers.get("content-type")?.split(";")[0]]).toEqual([path, 200, "application/json"]);
    for (const { path: where, value } of values(body)) {
      expect([path, where, value === null]).toEqual([path, where, false]);
      if (/\.\w+_at$/.test(where)) {
        expect(value).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
        seen.times++;
      }
      if (/operations\.0\.id$|member\.id$|user_id$|created_by\.id$/.test(where)) {
        expect(value).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
        seen.uuids++;
      }
      if (/_seconds$|_bytes$|_count$|_ms$/.test(where)) {
        expect([where, Number.isInteger(value)]).toEqual([where, true]);
        seen.wholes++;
      }
    }
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  const odd = { project: { name: "odd", not_a_field: { deep: 1 } }, neither_is_this: true };
  expect((await api.call("PATCH", at, odd)).status).toBe(200);
});

test("2. success codes are exact", () => {
  const success = (method: string, path: string) => {
    const route = ROUTES.find((each) => each.method === method && each.path === path);
    return Object.keys(route?.answers ?? {}).map(Number);
  };
  const branch = "/projects/:project_id/branches/:branch_id";
  const codes: Record<string, number[]> = {
    "POST /projects": [201],
    "POST /projects/:project_id/branches": [201],
    "POST /projects/:project_id/endpoints": [201],
    [`POST ${branch}/roles`]: [201],
    [`POST ${branch}/databases`]: [201],
    "POST /projects/:project_id/jwks": [201],
    "POST /api_keys": [200],
    "POST /organizations/:org_id/api_keys": [200],
    "DELETE /api_keys/:key_id": [200],
    "POST /projects/:project_id/permissions": [200],
    "DELETE /projects/:project_id/permissions/:permission_id": [200],
    "POST /organizations/:org_id/vpc/region/:region_id/vpc_endpoints/:vpc_endpoint_id": [200],
    "DELETE /organizations/:org_id/vpc/region/:region_id/vpc_endpoints/:vpc_endpoint_id": [200],
    "POST /projects/:project_id/vpc_endpoints/:vpc_endpoint_id": [200],
    "DELETE /projects/:project_id/vpc_endpoints/:vpc_endpoint_id": [200],
    ...(hasSnapshots && { [`POST ${branch}/snapshot`]: [200], "DELETE /projects/:project_id/snapshots/:snapshot_id": [202] }),
    "DELETE /projects/:project_id": [200],
    [`DELETE ${branch}`]: [200, 204],
    "DELETE /projects/:project_id/endpoints/:endpoint_id": [200, 204],
    [`DELETE ${branch}/roles/:role_name`]: [200, 204],
    [`DELETE ${branch}/databases/:database_name`]: [200, 204],
    "DELETE /projects/:project_id/jwks/:jwks_id": [200],
  };
  expect(Object.fromEntries(Object.keys(codes).map((call) => [call, success(...(call.split(" ") as [string, string]))]))).toEqual(codes);
  held("conformance.test.ts", "every route answers with its success code and the exact shape of the contract");
});

test("3. errors carry code and message, on every route and on those that are not there", async () => {
  const unknown = ["GET /nothing", "DELETE /projects", "PUT /projects/shop-00000001", "POST /organizations"];
  for (const call of [...ROUTES.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, "none")}`), ...unknown]) {
    const [method = "", path = ""] = call.split(" ");
    for (const key of ["napi_nobody", "napi_shop"]) {
      const { status, body } = await api.withKey(key).call(method, path, method === "GET" ? undefined : {});
      if (status < 400) continue;
      expect([call, body]).toEqual([
        call,
        { ...(body as object), code: expect.any(String) as string, message: expect.any(String) as string },
      ]);
      if (key === "napi_nobody") expect([call, status]).toEqual([call, unknown.includes(call) ? 404 : 401]);
    }
  }
});

test("4. what is easily missed is there", async () => {
  const { at, branch, endpoint } = await furnished();
  expect((await api.call("GET", `${at}/branches/${branch.id}`)).body).toMatchObject({
    annotation: { object: { type: expect.any(String) as string, id: branch.id }, value: {} },
  });
  expect((await api.call("GET", `${at}/branches`)).body).toHaveProperty("annotations");
  const { body } = await api.call("GET", `/projects?org_id=${plane.ready.orgId}`);
  expect(body).toMatchObject({ applications: {}, integrations: {} });
  for (const item of (body as { projects: object[] }).projects) expect(item).toHaveProperty("active_time");
  expect((await api.call("PATCH", at, { project: { name: "named" } })).body).toHaveProperty("operations", []);
  const keys = (await api.call("GET", `${org}/api_keys`)).body as object[];
  for (const key of keys)
    expect(key).toMatchObject({
      last_used_from_addr: expect.any(String) as string,
      created_by: { id: expect.any(String) as string, name: "Admin", image: "" },
    });
  expect(keys).toEqual(expect.arrayContaining([expect.objectContaining({ name: "unused", last_used_from_addr: "" })]));
  expect((await api.call("GET", `${at}/endpoints/${endpoint}`)).body).toMatchObject({ endpoint: { settings: {} } });
  const kept = (await api.ok(BranchesPage, "GET", "/projects/shop-00000001/branches")).branches.find(({ name }) => name === "kept");
  expect(kept?.restricted_actions).toHaveLength(2);
  const made = (await api.call("POST", `${at}/branches`)).body as object;
  expect(Object.keys(made)).toEqual(expect.arrayContaining(["branch", "endpoints", "operations", "roles", "databases"]));
  expect(Object.keys((await api.call("POST", "/projects", { project: { org_id: plane.ready.orgId } })).body as object)).toEqual(
    expect.arrayContaining(["project", "connection_uris", "branch", "endpoints", "operations", "roles", "databases"]),
  );
});

test("5. lists and explicit no and nought come back as sent, and a change keeps what it does not name", async () => {
  const ips = ["2001:DB8::/48", "198.51.100.20-198.51.100.50", "192.0.2.1", "203.0.113.0/24", "192.0.2.1"];
  const quota = { active_time_seconds: 0 };
  const settings = { allowed_ips: { ips, protected_branches_only: false }, block_vpc_connections: false, quota };
  const { project } = await api.project({ settings, default_endpoint_settings: { suspend_timeout_seconds: 0 } });
  const path = `/projects/${project.id}`;
  const read = async () => (await api.ok(ProjectResponse, "GET", path)).project;
  expect(await read()).toMatchObject({ settings, default_endpoint_settings: { suspend_timeout_seconds: 0 } });
  expect((await read()).settings?.allowed_ips?.ips).toEqual(ips);
  await api.ok(ProjectOperations, "PATCH", path, { project: { settings: { block_public_connections: true } } });
  expect((await read()).settings).toMatchObject({ ...settings, block_public_connections: true });
  await api.ok(ProjectOperations, "PATCH", path, { project: { settings: { allowed_ips: { ips: [] } } } });
  expect((await read()).settings?.allowed_ips).toEqual({ ips: [], protected_branches_only: false });
});

test("6. where a branch comes from is echoed and stays; afterwards branch and compute rest", async () => {
  const { at, id, branch } = await furnished();
  const sent = { parent_id: branch.id, init_source: "parent-data", parent_lsn: "0/1DE2850" };
  const made = await api.ok(CreatedBranch, "POST", `${at}/branches`, { branch: sent, endpoints: [{ type: "read_write" }] });
  expect(made.branch).toMatchObject(sent);
  const without = await api.ok(CreatedBranch, "POST", `${at}/branches`);
  expect(without.branch.parent_id).toBe(branch.id);
  await api.settled(id);
  await api.ok(BranchOperations, "PATCH", `${at}/branches/${made.branch.id}`, { branch: { name: "renamed" } });
  const { branch: now } = await api.ok(BranchResponse, "GET", `${at}/branches/${made.branch.id}`);
  expect(now).toMatchObject({ ...sent, current_state: "ready" });
  const { endpoints } = await api.ok(EndpointsResponse, "GET", `${at}/endpoints`);
  expect(endpoints.map(({ current_state }) => current_state)).toEqual(["active", "active"]);
  expect([now, ...endpoints].filter((each) => "pending_state" in each)).toEqual([]);
  held("branches.test.ts", "what is sent is echoed, and stays");
});

test("7. a branch takes name, protection and no expiry in one change, a compute its whole state", async () => {
  const { at, branch, endpoint, id } = await furnished();
  const change = { name: "production", protected: true, expires_at: null };
  for (let time = 1; time <= 2; time++)
    expect((await api.ok(BranchOperations, "PATCH", `${at}/branches/${branch.id}`, { branch: change })).branch).toMatchObject({
      name: "production",
      protected: true,
    });
  const { endpoint: whole } = await api.ok(EndpointResponse, "GET", `${at}/endpoints/${endpoint}`);
  const echoed = await api.ok(EndpointOperations, "PATCH", `${at}/endpoints/${endpoint}`, { endpoint: whole });
  expect(echoed.endpoint).toMatchObject({ id: endpoint, type: whole.type, disabled: false });
  await api.settled(id);
});

test("8. a list of projects has a cursor with every page that holds something, and none with an empty one", async () => {
  const other = await startPlane();
  for (const name of ["a", "b", "c"]) await other.api.project({ name });
  const pages: (string | undefined)[] = [];
  const names: string[] = [];
  let cursor = "";
  do {
    const query = `/projects?limit=2&org_id=${other.ready.orgId}${cursor && `&cursor=${cursor}`}`;
    const { projects, pagination } = await other.api.ok(ProjectsPage, "GET", query);
    pages.push(pagination?.cursor);
    names.push(...projects.map(({ name }) => name));
    cursor = pagination?.cursor ?? "";
  } while (cursor !== "" && pages.length < 10);
  await other.stop();
  expect([names, pages]).toEqual([
    ["a", "b", "c"],
    [expect.stringMatching(/./), expect.stringMatching(/./), undefined],
  ]);
});

test("9. operations outlive their branch and compute, and closed words stay closed", async () => {
  const { at, id } = await furnished();
  const made = await api.ok(CreatedBranch, "POST", `${at}/branches`, { endpoints: [{ type: "read_write" }] });
  await api.settled(id);
  const computes = await api.ok(EndpointsResponse, "GET", `${at}/endpoints`);
  await api.call("DELETE", `${at}/branches/${made.branch.id}`);
  await api.settled(id);
  for (const { id: operation } of made.operations)
    expect((await api.ok(OperationResponse, "GET", `${at}/operations/${operation}`)).operation.status).toBe("finished");
  const { operations } = await api.ok(OperationsPage, "GET", `${at}/operations`);
  const words = {
    status: ["scheduling", "running", "finished", "failed", "error", "cancelling", "cancelled", "skipped"],
    type: ["read_only", "read_write"],
    state: ["init", "active", "idle"],
  };
  expect(words.status).toEqual(expect.arrayContaining(operations.map(({ status }) => status)));
  expect(words.type).toEqual(expect.arrayContaining(computes.endpoints.map(({ type }) => type)));
  expect(words.state).toEqual(expect.arrayContaining(computes.endpoints.map(({ current_state }) => current_state)));
});

test("10. a call that conflicts waits up to a second, and is refused with 423 only then", () => {
  held(
    "operations.test.ts",
    ...[
      "conflicting calls wait, and go through in the order they came",
      "a call that would wait for more than a second gets 423, and others go on",
    ],
  );
});

test("11. empty cookies are no session, a second create of a named thing is refused, an upsert is one", async () => {
  const cookie = { cookie: "zenith=; keycloak_token=" };
  expect((await api.call("GET", "/auth", undefined, cookie)).status).toBe(200);
  expect((await api.call("GET", "/auth", undefined, { ...cookie, authorization: "" })).status).toBe(401);
  const { at, branch, id } = await furnished();
  for (const [path, body] of [
    [`${at}/branches`, { branch: { name: "twice" } }],
    [`${at}/branches/${branch.id}/roles`, { role: { name: "twice" } }],
    [`${at}/branches/${branch.id}/databases`, { database: { name: "twice", owner_name: "app" } }],
  ] as const) {
    const first = await api.call("POST", path, body);
    await api.settled(id);
    expect([path, first.status, (await api.call("POST", path, body)).status]).toEqual([path, 201, 409]);
  }
  const endpoint = `${org}/vpc/region/aws-us-east-1/vpc_endpoints/vpce-0123456789abcdef0`;
  for (const label of ["one", "two"]) expect((await api.call("POST", endpoint, { label })).status).toBe(200);
  expect((await api.call("GET", `${org}/vpc/vpc_endpoints`)).body).toMatchObject({ endpoints: [{ label: "two" }] });
});

test("12. a role without login says so in its authentication method", async () => {
  const { at, branch } = await furnished();
  const roles = `${at}/branches/${branch.id}/roles`;
  const { role } = await api.ok(RoleOperations, "POST", roles, { role: { name: "group", no_login: true } });
  expect([role.authentication_method, "password" in role]).toEqual(["no_login", false]);
});

test("13. an unscoped key has no project, a scoped one exactly its own, and an unknown one cannot be revoked", async () => {
  const { id } = await furnished();
  const make = (body: object) => api.ok(CreatedApiKey, "POST", `${org}/api_keys`, { key_name: "k", ...body });
  expect(await make({})).not.toHaveProperty("project_id");
  const scoped = await make({ project_id: id });
  expect(scoped.project_id).toBe(id);
  const { project } = await api.withKey(scoped.key).ok(ProjectResponse, "GET", `/projects/${id}`);
  expect(project.org_id).toBe(plane.ready.orgId);
  for (const path of ["/api_keys/999999", `${org}/api_keys/999999`, `${org}/api_keys/no-number`])
    expect([path, (await api.refused("DELETE", path)).status]).toEqual([path, 404]);
});

test("14. empty parts of a body are taken", async () => {
  const body = { project: { org_id: plane.ready.orgId, branch: {}, settings: {}, default_endpoint_settings: {} } };
  const { project, branch } = await api.ok(CreatedProject, "POST", "/projects", body);
  await api.settled(project.id);
  const path = `/projects/${project.id}/branches`;
  const made = await api.ok(CreatedBranch, "POST", path, { branch: {}, annotation_value: {}, endpoints: [] });
  expect([made.branch.parent_id, made.endpoints]).toEqual([branch.id, []]);
  await api.settled(project.id);
  if (!hasSnapshots) return;
  const snapshot = await api.call("POST", `${path}/${branch.id}/snapshot?name=nightly&slug=nightly`);
  expect([snapshot.status, snapshot.body]).toMatchObject([200, { snapshot: { name: "nightly" } }]);
});

test("15. Retry-After is a whole number of seconds, no more than ten", async () => {
  const limited = await startPlane({ rateLimits: "neon" });
  const answers = await Promise.all(Array.from({ length: 400 }, () => limited.api.call("GET", "/auth")));
  await limited.stop();
  const told = answers.filter(({ status }) => status === 429).map(({ headers }) => headers.get("retry-after"));
  expect(told.length).toBeGreaterThan(0);
  expect(told.filter((seconds) => !/^([1-9]|10)$/.test(seconds ?? ""))).toEqual([]);
});

test("16. the id of a request comes in the headers of both clients", async () => {
  for (const path of ["/auth", "/projects/no-such-00000000", "/no/such/route"]) {
    const { headers, body, status } = await api.call("GET", path);
    const id = headers.get("x-request-id");
    expect([path, id, headers.get("x-neon-ret-request-id")]).toEqual([path, expect.stringMatching(/./), id]);
    if (status >= 400) expect((body as { request_id: string }).request_id).toBe(id);
  }
});
