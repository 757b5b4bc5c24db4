import { AuditExportResponse } from "@palisade/neon/contract/wire/auditExport";
import { PathChallengeResponse } from "@palisade/neon/contract/wire/pathChallenge";
import { createHash } from "node:crypto";
import type { z } from "zod";
import { ApiKeys, CreatedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { CreatedCredential } from "@palisade/neon/contract/wire/credential";
import { EndpointOperations } from "@palisade/neon/contract/wire/endpoint";
import { JwksCreated } from "@palisade/neon/contract/wire/jwks";
import { Invitations, MembersPage } from "@palisade/neon/contract/wire/member";
import { ProjectPermission } from "@palisade/neon/contract/wire/projectPermission";
import { CreatedSnapshot, RestoredSnapshot } from "@palisade/neon/contract/wire/snapshot";
import { TransferRequest } from "@palisade/neon/contract/wire/transfer";
import { AuditPage } from "../../control-plane/api/audit.js";
import { buildRoutes } from "../../control-plane/api/routes.js";
import { KEY_NAMES, VAULT_URL } from "../../tools/counterparts/azure/planeVault.js";
import { endPlanes, startPlane, type TestPlane } from "../support/plane.js";
import { accessBody, accessPath, approve, termsOf, verifyBob } from "../support/temporaryAccess.js";

jest.setTimeout(30_000);

type Entry = z.output<typeof AuditPage>["entries"][number];

/** A plane with a second organisation, its people and its keys. */
const WORLD = `
organisations:
  - { name: Acme, id: org-acme-north-00000001 }
users:
  - { name: Mia, email: mia@acme.test, organisation: Acme, role: admin }
  - { name: Noa, email: noa@palisade.test, role: member }
projects:
  - { name: partner, id: partner-00000001, organisation: Acme }
  - { name: shop, id: shop-00000001 }
keys:
  - { name: mia, kind: personal, user: Mia, key: napi_mia }
  - { name: noa, kind: personal, user: Noa, key: napi_noa }
  - { name: acme, kind: organisation, organisation: Acme, key: napi_acme }
  - { name: shop, kind: project, project: shop, key: napi_shop }
`;
const ACME = "org-acme-north-00000001";

let plane: TestPlane;
beforeEach(async () => {
  plane = await startPlane({ seed: WORLD });
});
afterEach(endPlanes);

const page = (query = "", { api } = plane) =>
  api.ok(AuditPage, "GET", `/x-palisade/audit?org_id=${plane.ready.orgId}${query && `&${query}`}`);

async function everything(): Promise<Entry[]> {
  const all: Entry[] = [];
  for (let cursor: string | undefined; ;) {
    const { entries, pagination } = await page(`limit=100${cursor === undefined ? "" : `&cursor=${cursor}`}`);
    all.push(...entries);
    cursor = pagination.next;
    if (cursor === undefined) return all;
  }
}

/** A call of the walk: the route it met and its own request id. */
interface Walked {
  route: string;
  request: string;
  key: string;
}

const MUTATIONS = buildRoutes(() => ({ postgres: null, password_guard: null, proxy: null })).filter(({ effect }) => effect === "mutation");
/** Refused without a real Postgres; what it writes is seen in test/data-plane/erase. */
const NEEDS_POSTGRES = ["POST /x-palisade/projects/:project_id/branches/:branch_id/erase", "POST /x-palisade/projects/:project_id/erase"];

/** Each mutating route, on objects of one project. */
async function walk({ api: own, ready: { orgId, apiKey } }: TestPlane): Promise<Walked[]> {
  const walked: Walked[] = [];
  const { project, branch } = await own.project({ name: "walked" });
  const at = `/projects/${project.id}`;
  const done = async (method: string, path: string, body?: unknown, key = apiKey) => {
    const api = own.withKey(key);
    const request = `walk-${walked.length}`;
    const { status, body: answer } = await api.call(method, path, body, { "x-request-id": request });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    const route = MUTATIONS.find((each) => each.method === method && new RegExp(`^${each.path.replace(/:\w+/g, "[^/]+")}$`).test(path));
    if (route) walked.push({ route: `${route.method} ${route.path}`, request, key });
    else if (method !== "GET") throw new Error(`${method} ${path} is no route that changes anything`);
    if (method !== "DELETE" || path !== at) await own.settled(project.id);
    return answer;
  };
  const made = async (name: string) => CreatedBranch.parse(await done("POST", `${at}/branches`, { branch: { name } })).branch.id;
  const dev = await made("dev");
  await done("PATCH", `${at}/branches/${dev}`, { branch: { name: "development" } });
  const compute = EndpointOperations.parse(await done("POST", `${at}/endpoints`, { endpoint: { branch_id: dev, type: "read_write" } }));
  const computeAt = `${at}/endpoints/${compute.endpoint.id}`;
  await done("PATCH", computeAt, { endpoint: { name: "reports" } });
  for (const action of ["suspend", "start", "restart"]) await done("POST", `${computeAt}/${action}`);
  await done("DELETE", computeAt);
  const roles = `${at}/branches/${dev}/roles`;
  await done("POST", roles, { role: { name: "app" } });
  await done("POST", `${roles}/app/reset_password`);
  const databases = `${at}/branches/${dev}/databases`;
  await done("POST", databases, { database: { name: "orders", owner_name: "app" } });
  await done("PATCH", `${databases}/orders`, { database: { name: "sales" } });
  await done("DELETE", `${databases}/sales`);
  await done("DELETE", `${roles}/app`);
  await done("POST", `${at}/branches/${dev}/restore`, { source_branch_id: branch.id });
  await done("POST", `${at}/branches/${dev}/set_as_default`);
  await done("POST", `${at}/branches/${branch.id}/set_as_default`);
  await done("DELETE", `${at}/branches/${dev}`);
  await done("POST", `${at}/branches/${dev}/recover`);
  await done("POST", "/projects", { project: { org_id: orgId, name: "another" } });
  const credentials = `${at}/branches/${dev}/credentials`;
  const { token_id } = CreatedCredential.parse(await done("POST", credentials, { scopes: ["storage:read"], principal_type: "user" }));
  await done("POST", `${credentials}/${token_id}/rotate`);
  await done("DELETE", `${credentials}/${token_id}`);
  const { jwks } = JwksCreated.parse(
    await done("POST", `${at}/jwks`, { jwks_url: "https://id.example.test/jwks.json", provider_name: "example" }),
  );
  await done("DELETE", `${at}/jwks/${jwks.id}`);
  const { snapshot } = CreatedSnapshot.parse(await done("POST", `${at}/branches/${branch.id}/snapshot`));
  await done("PATCH", `${at}/snapshots/${snapshot.id}`, { snapshot: { name: "before" } });
  await done("PUT", `${at}/branches/${branch.id}/backup_schedule`, { schedule: [{ frequency: "daily" }] });
  const restored = RestoredSnapshot.parse(await done("POST", `${at}/snapshots/${snapshot.id}/restore`, {})).branch.id;
  await done("POST", `${at}/branches/${restored}/finalize_restore`, {});
  await done("DELETE", `${at}/snapshots/${snapshot.id}`);
  const endpoints = `/organizations/${orgId}/vpc/region/${project.region_id}/vpc_endpoints/vpce-0123456789abcdef0`;
  await done("POST", endpoints, { label: "office" });
  await done("POST", `${at}/vpc_endpoints/vpce-0123456789abcdef0`, { label: "office" });
  await done("DELETE", `${at}/vpc_endpoints/vpce-0123456789abcdef0`);
  await done("DELETE", endpoints);
  const challenges = `/x-palisade${at}/path_challenges`;
  const { path_challenge: path } = PathChallengeResponse.parse(await done("POST", challenges));
  await done("DELETE", `${challenges}/${path.challenge}`);
  const access = termsOf(project.id, branch.id);
  await done("PUT", accessPath(access), accessBody(access, approve(access)));
  await done("DELETE", accessPath(access));
  const customerKey = `/x-palisade${at}/customer_managed_key`;
  const named = { azure_key_vault: { vault_url: VAULT_URL, key_name: KEY_NAMES[0] } };
  await done("PUT", customerKey, { ...named, on_revoked: "suspend", rewrap_after_rotation: true });
  await done("DELETE", customerKey);
  const auditExports = `/x-palisade/organizations/${orgId}/audit_exports`;
  const sink = { type: "webhook", url: "https://siem.palisade.test/in" };
  const { audit_export: walkedExport } = AuditExportResponse.parse(
    await done("POST", auditExports, { name: "walked", sink, enabled: false }),
  );
  await done("PATCH", `${auditExports}/${walkedExport.id}`, { format: "ocsf" });
  await done("POST", `${auditExports}/${walkedExport.id}/rotate_secret`);
  await done("DELETE", `${auditExports}/${walkedExport.id}`);
  const key = async (path: string) => `${path}/${CreatedApiKey.parse(await done("POST", path, { key_name: "walked" })).id}`;
  await done("DELETE", await key("/api_keys"));
  await done("DELETE", await key(`/organizations/${orgId}/api_keys`));
  Invitations.parse(
    await done("POST", `/organizations/${orgId}/invitations`, { invitations: [{ email: "new@palisade.test", role: "member" }] }),
  );
  const permission = ProjectPermission.parse(await done("POST", `${at}/permissions`, { email: "noa@palisade.test" }));
  await done("DELETE", `${at}/permissions/${permission.id}`);
  const { members } = MembersPage.parse(await done("GET", `/organizations/${orgId}/members`));
  const noa = members.find(({ user }) => user.email === "noa@palisade.test")?.member.id ?? "";
  await done("PUT", `${at}/members/${noa}/role`, { role: "viewer" });
  await done("DELETE", `${at}/members/${noa}/role`);
  await done("PATCH", `/organizations/${orgId}/members/${noa}`, { role: "admin" });
  await done("DELETE", `/organizations/${orgId}/members/${noa}`);
  await done("PATCH", at, { project: { name: "renamed" } });
  await done("DELETE", at);
  await done("POST", `${at}/recover`);
  const { id: offer } = TransferRequest.parse(await done("POST", `${at}/transfer_requests`));
  // From here on the project is another organisation's, and nothing of it can be waited for.
  const { status } = await own
    .withKey("napi_mia")
    .call("PUT", `${at}/transfer_requests/${offer}`, { org_id: ACME }, { "x-request-id": "walk-on" });
  expect(status).toBe(204);
  walked.push({ route: "PUT /projects/:project_id/transfer_requests/:request_id", request: "walk-on", key: "napi_mia" });
  return walked;
}

test("every mutating route leaves one row for each document it changed, that says who, what, from where and what changed; no secret is in any", async () => {
  plane = await startPlane({ seed: WORLD, vault: true, verifyApproval: verifyBob });
  const walked = await walk(plane);
  const entries = await everything();
  const routes = MUTATIONS.map(({ method, path }) => `${method} ${path}`);
  expect(routes.filter((route) => !walked.some((call) => call.route === route))).toEqual(NEEDS_POSTGRES);
  const ids = new Map<string, number | undefined>();
  for (const key of [plane.ready.apiKey, "napi_mia"]) ids.set(key, await ownId(key));
  for (const { route, request, key } of walked) {
    const rows = entries.filter(({ request_id }) => request_id === request);
    expect([route, rows.length > 0]).toEqual([route, true]);
    for (const row of rows) {
      expect(row).toMatchObject({ call: route, key_id: ids.get(key), owner: { type: "user" }, address: "127.0.0.1" });
      expect(row.before ?? row.after).toBeDefined();
    }
    const objects = rows.map(({ object: { kind, id } }) => `${kind} ${id}`);
    expect([route, objects]).toEqual([route, [...new Set(objects)]]);
    const hasChange = rows.some(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
    expect([route, hasChange]).toEqual([route, !CHANGES_A_SECRET_ONLY.includes(route)]);
  }
  expect(chained(entries)).toBeGreaterThan(5);
  const { body } = await plane.api.call("GET", "/x-palisade/test/secrets");
  const { passwords, keys } = body as { passwords: string[]; keys: string[] };
  expect([passwords.length > 1, keys.length > 5]).toEqual([true, true]);
  const text = JSON.stringify(entries);
  const planted = [...passwords, ...keys, ...keys.map((key) => createHash("sha256").update(key).digest("hex")), "SCRAM-SHA-256$"];
  expect(planted.filter((secret) => text.includes(secret))).toEqual([]);
});

/** Changed by calls alone, never by an operation or by time. */
const STEADY = ["annotation", "credential", "database", "invitation", "jwks", "member", "project_permission", "project_role", "role"];

/** Expects that each row of a document begins where the one before it ended. @returns how many documents had more than one row */
function chained(entries: readonly Entry[]): number {
  const state = new Map<string, Entry[]>();
  for (const entry of [...entries].reverse().filter(({ object }) => STEADY.includes(object.kind))) {
    const key = `${entry.object.kind} ${entry.object.id}`;
    state.set(key, [...(state.get(key) ?? []), entry]);
  }
  const several = [...state.values()].filter(({ length }) => length > 1);
  for (const rows of several)
    for (const [index, { call, before }] of rows.entries()) if (index > 0) expect([call, before]).toEqual([call, rows[index - 1]?.after]);
  return several.length;
}

/** What is told of these is that they were called. */
const CHANGES_A_SECRET_ONLY = ["POST /projects/:project_id/branches/:branch_id/credentials/:token_id/rotate"];

/** Of the key that is used; the newest one of its owner. */
async function ownId(key: string): Promise<number | undefined> {
  const used = (await plane.api.withKey(key).ok(ApiKeys, "GET", "/api_keys")).filter(
    ({ last_used_from_addr }) => last_used_from_addr !== "",
  );
  return used[0]?.id;
}

test("a row has the document before and after, and the request's own id", async () => {
  await plane.api.call("PATCH", "/projects/shop-00000001", { project: { name: "store" } }, { "x-request-id": "the-rename" });
  const { entries } = await page("project_id=shop-00000001");
  expect(entries).toMatchObject([
    {
      call: "PATCH /projects/:project_id",
      object: { kind: "project", id: "shop-00000001" },
      request_id: "the-rename",
      before: { name: "shop" },
      after: { name: "store" },
      project_id: "shop-00000001",
    },
  ]);
});

test("a refused change leaves no row", async () => {
  const before = await everything();
  await plane.api.refused("PATCH", "/projects/shop-00000001", { project: { settings: { allowed_ips: { ips: ["no address"] } } } });
  await plane.api.withKey("napi_shop").refused("DELETE", "/projects/shop-00000001");
  await plane.api.refused("DELETE", "/projects/partner-00000001");
  expect(await everything()).toEqual(before);
});

describe("who may read it", () => {
  const refused = (key: string, org = plane.ready.orgId) =>
    plane.api
      .withKey(key)
      .refused("GET", `/x-palisade/audit?org_id=${org}`)
      .then(({ status }) => status);

  test("administrators and keys of the organisation, nobody else", async () => {
    expect(await refused("napi_shop")).toBe(403);
    expect(await refused("napi_noa")).toBe(403);
    expect(await refused("napi_mia")).toBe(404);
    expect(await refused("napi_acme")).toBe(404);
    expect((await plane.api.refused("GET", "/x-palisade/audit")).status).toBe(400);
    const { body } = await plane.api.withKey("napi_acme").call("GET", `/x-palisade/audit?org_id=${ACME}`);
    expect(body).toEqual({ entries: [], pagination: {} });
  });

  test("each organisation sees its own rows alone, and what its people do with personal keys", async () => {
    const acme = plane.api.withKey("napi_mia");
    await acme.call("PATCH", "/projects/partner-00000001", { project: { name: "secret plan" } });
    await acme.call("POST", "/api_keys", { key_name: "mine" });
    const { entries } = await acme.ok(AuditPage, "GET", `/x-palisade/audit?org_id=${ACME}`);
    expect(entries.map(({ call, object }) => [call, object.kind])).toEqual([
      ["POST /api_keys", "api_key"],
      ["PATCH /projects/:project_id", "project"],
    ]);
    expect(JSON.stringify(await everything())).not.toMatch(/secret plan|"mine"/);
    // A project of another organisation in the filter opens nothing.
    expect((await page("project_id=partner-00000001")).entries).toEqual([]);
  });
});

describe("its pages", () => {
  const rename = (name: string) => plane.api.call("PATCH", "/projects/shop-00000001", { project: { name } });
  const names = ({ entries }: z.output<typeof AuditPage>) => entries.map(({ after }) => after?.["name"]);

  test("are the newest first, and a cursor goes on where it stood though rows come in", async () => {
    for (const name of ["a", "b", "c"]) await rename(name);
    const first = await page("limit=2");
    expect(names(first)).toEqual(["c", "b"]);
    await rename("d");
    const second = await page(`limit=2&cursor=${first.pagination.next ?? ""}`);
    expect([names(second), second.pagination]).toEqual([["a"], {}]);
  });

  test("can be of a time", async () => {
    await rename("a");
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 3_600 });
    await rename("b");
    const [newest] = (await page()).entries;
    const hour = (minutes: number) => encodeURIComponent(new Date(Date.parse(newest?.at ?? "") - minutes * 60_000).toISOString());
    expect(names(await page(`since=${hour(30)}`))).toEqual(["b"]);
    expect(names(await page(`until=${hour(30)}`))).toEqual(["a"]);
  });

  test.each(["cursor=nonsense", "cursor=WyJ4IiwiIl0", "limit=0", "limit=101", "since=yesterday"])("are refused for %s", async (query) => {
    expect((await plane.api.refused("GET", `/x-palisade/audit?org_id=${plane.ready.orgId}&${query}`)).status).toBe(400);
  });
});
