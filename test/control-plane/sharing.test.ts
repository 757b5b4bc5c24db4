import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import { CreatedCredential, CredentialSecret, CredentialsResponse, RotatedCredential } from "@palisade/neon/contract/wire/credential";
import { ProjectResponse, SharedProjectsPage } from "@palisade/neon/contract/wire/project";
import { ProjectPermission } from "@palisade/neon/contract/wire/projectPermission";
import { TransferRequest } from "@palisade/neon/contract/wire/transfer";
import { AuditPage } from "../../control-plane/api/audit.js";
import { endPlanes, startPlane, type TestPlane } from "../support/plane.js";
import { accessBody, accessPath, approve, termsOf, verifyBob } from "../support/temporaryAccess.js";

/** Ways of a project to people and organisations that are not its own. */
const [ACME, SMALL] = ["org-acme-north-00000001", "org-small-one-00000001"];
const SEED = {
  organisations: [
    { name: "Acme", id: ACME },
    { name: "Small", id: SMALL, plan: "free" },
  ],
  users: [
    { name: "Mia", email: "mia@acme.test", organisation: "Acme", role: "admin" },
    { name: "Max", email: "max@acme.test", organisation: "Acme", role: "member" },
  ],
  projects: [{ name: "shop", id: "shop-00000001" }],
  keys: [
    { kind: "personal", name: "mia", user: "Mia", key: "napi_mia" },
    { kind: "personal", name: "max", user: "Max", key: "napi_max" },
    { kind: "organisation", name: "acme", organisation: "Acme", key: "napi_acme" },
    { kind: "organisation", name: "small", organisation: "Small", key: "napi_small" },
    { kind: "project", name: "shop", project: "shop", key: "napi_shop" },
  ],
};
const SHOP = "/projects/shop-00000001";

let plane: TestPlane;
beforeEach(async () => {
  plane = await startPlane({ seed: SEED, verifyApproval: verifyBob });
});
afterEach(endPlanes);

const as = (key: string) => plane.api.withKey(key);
const status = async (key: string, method: string, path: string, body?: unknown) => (await as(key).call(method, path, body)).status;

describe("a project shared by e-mail address", () => {
  const share = () => plane.api.ok(ProjectPermission, "POST", `${SHOP}/permissions`, { email: "mia@acme.test" });
  const listed = async (key: string, query = "") =>
    (await as(key).ok(SharedProjectsPage, "GET", `/projects/shared${query}`)).projects.map(({ id }) => id);

  test("is listed to that person and open to work in, and is neither for others", async () => {
    expect([await listed("napi_mia"), await status("napi_mia", "GET", SHOP)]).toEqual([[], 404]);
    await share();
    expect([await listed("napi_mia"), await status("napi_mia", "GET", SHOP)]).toEqual([["shop-00000001"], 200]);
    expect(await status("napi_mia", "POST", `${SHOP}/branches`)).toBe(201);
    for (const key of ["napi_max", "napi_acme", "napi_small"])
      expect([key, await listed(key), await status(key, "GET", SHOP)]).toEqual([key, [], 404]);
    // Their own projects are shared with nobody.
    expect(await listed(plane.ready.apiKey)).toEqual([]);
  });

  test("is administered by its organisation alone", async () => {
    await share();
    for (const [method, path, body] of [
      ["DELETE", SHOP, undefined],
      ["POST", `${SHOP}/permissions`, { email: "max@acme.test" }],
      ["POST", `${SHOP}/transfer_requests`, undefined],
      ["POST", `${SHOP}/recover`, undefined],
      // Whom else it is open to is no business of theirs either.
      ["GET", `${SHOP}/permissions`, undefined],
      ["GET", `${SHOP}/members`, undefined],
    ] as const)
      expect([method, path, await status("napi_mia", method, path, body)]).toEqual([method, path, 403]);
    expect(await status("napi_mia", "GET", `/organizations/${plane.ready.orgId}`)).toBe(404);
    expect(await status("napi_mia", "GET", `/projects?org_id=${plane.ready.orgId}`)).toBe(404);
  });

  test("is closed again with the permission", async () => {
    const { id } = await share();
    expect(await status("napi_mia", "GET", SHOP)).toBe(200);
    await plane.api.call("DELETE", `${SHOP}/permissions/${id}`);
    expect([await status("napi_mia", "GET", SHOP), await listed("napi_mia")]).toEqual([404, []]);
  });

  test("comes in pages, and is found by name", async () => {
    const ids = ["shop-00000001"];
    await share();
    for (const name of ["two", "three"]) {
      const { project } = await plane.api.project({ name });
      ids.push(project.id);
      await plane.api.call("POST", `/projects/${project.id}/permissions`, { email: "mia@acme.test" });
    }
    const { projects, pagination } = await as("napi_mia").ok(SharedProjectsPage, "GET", "/projects/shared?limit=2");
    const rest = await as("napi_mia").ok(SharedProjectsPage, "GET", `/projects/shared?limit=2&cursor=${pagination?.cursor ?? ""}`);
    expect([...projects, ...rest.projects].map(({ id }) => id)).toEqual(ids);
    expect(await listed("napi_mia", "?search=TWO")).toEqual([ids[1]]);
    expect(await listed("napi_mia", `?cursor=${rest.pagination?.cursor ?? ""}`)).toEqual([]);
  });
});

describe("a transfer to another organisation", () => {
  const offer = async (body?: object) => (await plane.api.ok(TransferRequest, "POST", `${SHOP}/transfer_requests`, body)).id;
  const accept = (key: string, id: string, body: object = {}) => as(key).call("PUT", `${SHOP}/transfer_requests/${id}`, body);
  const owner = async (key: string) => (await as(key).ok(ProjectResponse, "GET", SHOP)).project.owner_id;

  test("takes the project and leaves every way in behind", async () => {
    await plane.api.call("POST", `${SHOP}/permissions`, { email: "max@acme.test" });
    expect(await status("napi_max", "GET", SHOP)).toBe(200);
    expect((await accept("napi_mia", await offer(), { org_id: ACME })).status).toBe(204);
    expect(await owner("napi_mia")).toBe(ACME);
    expect(await status("napi_shop", "GET", SHOP)).toBe(401);
    expect(await status(plane.ready.apiKey, "GET", SHOP)).toBe(404);
    expect((await as("napi_mia").call("GET", `${SHOP}/permissions`)).body).toEqual({ project_permissions: [] });
    expect((await as("napi_mia").call("GET", `${SHOP}/branches`)).body).toMatchObject({ branches: [{ default: true }] });
  });

  test("ends temporary access, which was approved in the organisation that is left", async () => {
    const { branches } = await plane.api.ok(BranchesPage, "GET", `${SHOP}/branches`);
    const terms = termsOf("shop-00000001", branches[0]?.id ?? "");
    const given = await plane.api.call("PUT", accessPath(terms), accessBody(terms, approve(terms)));
    expect(given.status).toBe(200);
    await plane.api.settled("shop-00000001");
    expect((await accept("napi_acme", await offer())).status).toBe(204);
    expect((await as("napi_acme").call("GET", accessPath(terms))).body).toMatchObject({ temporary_access: { status: "ended" } });
    const { roles } = (await as("napi_acme").call("GET", `${SHOP}/branches/${terms.branchId}/roles`)).body as { roles: { name: string }[] };
    expect(roles.map(({ name }) => name)).not.toContain("visitor");
  });

  test("is told to both, and what stays behind to the one that is left alone", async () => {
    await plane.api.call("POST", `${SHOP}/permissions`, { email: "partner@private.test" });
    await accept("napi_acme", await offer());
    const rows = async (key: string, org: string) =>
      (await as(key).ok(AuditPage, "GET", `/x-palisade/audit?org_id=${org}`)).entries.filter(({ call }) => call.startsWith("PUT"));
    const kinds = (entries: Awaited<ReturnType<typeof rows>>) => entries.map(({ object }) => object.kind).sort();
    const [theirs, ours] = [await rows("napi_acme", ACME), await rows(plane.ready.apiKey, plane.ready.orgId)];
    expect([kinds(theirs), kinds(ours)]).toEqual([["project"], ["api_key", "project", "project_permission", "transfer_request"]]);
    expect(JSON.stringify(theirs)).not.toContain("private.test");
  });

  test("is for whom the id was told, who administers the other organisation, for as long as was said, and once", async () => {
    const first = await offer();
    const id = await offer({ ttl_seconds: 60 });
    const refused = async (key: string, request: string, body: object = {}) => (await accept(key, request, body)).status;
    expect(await refused("napi_acme", first)).toBe(404);
    expect(await refused("napi_acme", "00000000-0000-4000-8000-000000000000")).toBe(404);
    expect(await refused("napi_max", id, { org_id: ACME })).toBe(403);
    expect(await refused("napi_mia", id, { org_id: SMALL })).toBe(404);
    expect(await refused("napi_shop", id)).toBe(403);
    expect(await refused(plane.ready.apiKey, id, { org_id: plane.ready.orgId })).toBe(404);
    expect((await as("napi_acme").call("PUT", `/projects/no-such-00000001/transfer_requests/${id}`, {})).status).toBe(404);
    await plane.api.call("POST", "/x-palisade/test/clock", { advanceSeconds: 61 });
    expect(await refused("napi_acme", id)).toBe(404);
    const again = await offer();
    expect([await refused("napi_acme", again), await refused("napi_acme", again)]).toEqual([204, 404]);
    expect(await owner("napi_acme")).toBe(ACME);
  });

  test("is refused where something that closes the project would be lost, with the reasons", async () => {
    await plane.api.call("PATCH", SHOP, {
      project: { settings: { allowed_ips: { ips: ["192.0.2.1"] } }, history_retention_seconds: 604_800 },
    });
    await plane.api.ok(CreatedBranch, "POST", `${SHOP}/branches`, {
      branch: { protected: true },
      endpoints: [{ type: "read_write", autoscaling_limit_min_cu: 1, autoscaling_limit_max_cu: 4 }],
    });
    await plane.api.settled("shop-00000001");
    const endpoint = "vpce-0123456789abcdef0";
    await plane.api.call("POST", `/organizations/${plane.ready.orgId}/vpc/region/aws-us-east-1/vpc_endpoints/${endpoint}`, { label: "" });
    await plane.api.call("POST", `${SHOP}/vpc_endpoints/${endpoint}`, { label: "" });
    const id = await offer();
    const codes = ({ body }: { body: unknown }) => (body as { reasons: { code: string }[] }).reasons.map(({ code }) => code);
    const small = await accept("napi_small", id);
    expect([small.status, codes(small)]).toEqual([
      406,
      ["PROTECTED_BRANCHES_LIMIT", "HISTORY_RETENTION", "ALLOWED_IPS", "VPC_ENDPOINT_RESTRICTIONS", "COMPUTE_SIZE"],
    ]);
    expect(small.body).toMatchObject({ code: "", message: expect.stringContaining("IP Allow") as string });
    expect(codes(await accept("napi_acme", id))).toEqual(["VPC_ENDPOINT_RESTRICTIONS"]);
    expect(await owner(plane.ready.apiKey)).toBe(plane.ready.orgId);
    await plane.api.call("DELETE", `${SHOP}/vpc_endpoints/${endpoint}`);
    expect((await accept("napi_acme", id)).status).toBe(204);
  });
});

describe("credentials of a branch", () => {
  const made = async (branch: string) =>
    plane.api.ok(CreatedCredential, "POST", `${SHOP}/branches/${branch}/credentials`, { scopes: ["storage:read"], principal_type: "user" });

  test("show their secrets where they are made, revealed or rotated, and nowhere else; they belong to one branch", async () => {
    const { branch } = await plane.api.ok(CreatedBranch, "POST", `${SHOP}/branches`);
    await plane.api.settled("shop-00000001");
    const { branch: other } = await plane.api.ok(CreatedBranch, "POST", `${SHOP}/branches`);
    await plane.api.settled("shop-00000001");
    const credential = await made(branch.id);
    expect(credential.token_id).toMatch(/^nak_live_[0-9a-f]{32}$/);
    expect(credential.token_id_short).toBe(credential.token_id.slice(9, 21));
    expect(credential.s3_secret_access_key).toMatch(/^nsk_live_[0-9a-f]{64}$/);
    const of = (id: string) => `${SHOP}/branches/${id}/credentials`;
    const { credentials } = await plane.api.ok(CredentialsResponse, "GET", of(branch.id));
    expect(JSON.stringify(credentials)).not.toMatch(/nsk_live|nat_live/);
    expect((await plane.api.ok(CredentialsResponse, "GET", of(other.id))).credentials).toEqual([]);
    for (const [method, path] of [
      ["POST", "/reveal"],
      ["POST", "/rotate"],
      ["DELETE", ""],
    ] as const)
      expect(await status(plane.ready.apiKey, method, `${of(other.id)}/${credential.token_id}${path}`)).toBe(404);
    const one = `${of(branch.id)}/${credential.token_id}`;
    const rotated = await plane.api.ok(RotatedCredential, "POST", `${one}/rotate`);
    expect(rotated).toMatchObject({ token_id: credential.token_id, created_at: credential.created_at, scopes: ["storage:read"] });
    expect(new Set([rotated.api_token, credential.api_token, rotated.s3_secret_access_key, credential.s3_secret_access_key]).size).toBe(4);
    expect(await plane.api.ok(CredentialSecret, "POST", `${one}/reveal`)).toEqual({
      token_id: credential.token_id,
      api_token: rotated.api_token,
      s3_secret_access_key: rotated.s3_secret_access_key,
    });
    expect([await status(plane.ready.apiKey, "DELETE", one), await status(plane.ready.apiKey, "DELETE", one)]).toEqual([204, 404]);
  });

  test("are refused a scope that cannot be asked for, and end with their branch", async () => {
    const { branch } = await plane.api.ok(CreatedBranch, "POST", `${SHOP}/branches`);
    await plane.api.settled("shop-00000001");
    for (const body of [
      { scopes: ["telemetry:write"], principal_type: "user" },
      { scopes: [], principal_type: "user" },
      { scopes: ["storage:read"], principal_type: "system" },
    ])
      expect(await status(plane.ready.apiKey, "POST", `${SHOP}/branches/${branch.id}/credentials`, body)).toBe(400);
    const { token_id } = await made(branch.id);
    await plane.api.call("DELETE", `${SHOP}/branches/${branch.id}`);
    await plane.api.settled("shop-00000001");
    expect(await status(plane.ready.apiKey, "POST", `${SHOP}/branches/${branch.id}/credentials/${token_id}/reveal`)).toBe(404);
  });
});
