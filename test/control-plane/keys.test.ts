import { AuthDetails, OrganizationsResponse } from "@palisade/neon/contract/wire/account";
import { ApiKeys, CreatedApiKey, RevokedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { ProjectsPage } from "@palisade/neon/contract/wire/project";
import { sharedPlane } from "../support/plane.js";

const SEED = {
  organisations: [{ name: "Other", id: "org-other-one-00000001" }],
  users: [
    { name: "Mona", email: "mona@palisade.test", role: "member" },
    { name: "Ada", email: "ada@palisade.test", organisation: "Other" },
  ],
  projects: [
    { name: "mine", id: "mine-00000001" },
    { name: "second", id: "second-00000001" },
    { name: "theirs", id: "theirs-00000001", organisation: "Other" },
  ],
  keys: [
    { kind: "personal", name: "mona", user: "Mona", key: "napi_mona" },
    { kind: "personal", name: "ada", user: "Ada", key: "napi_ada" },
    { kind: "organisation", name: "org", key: "napi_org" },
    { kind: "organisation", name: "other", organisation: "Other", key: "napi_other" },
    { kind: "project", name: "project", project: "mine", key: "napi_project" },
  ],
};

describe("keys", () => {
  const plane = sharedPlane({ seed: SEED });
  const { api } = plane;
  let org: string;
  beforeAll(() => {
    org = plane.ready.orgId;
  });

  const status = async (key: string, method: string, path: string, body?: unknown) =>
    (await api.withKey(key).call(method, path, body)).status;

  test.each(["", "Bearer", "Basic bmFwaQ==", "Bearer napi_nobody", `Bearer ${"x".repeat(4_000)}`])(
    "an authorization header %j is 401 in Neon's words",
    async (authorization) => {
      expect(await api.call("GET", "/auth", undefined, { authorization })).toMatchObject({
        status: 401,
        body: { code: "", message: "supplied credentials do not pass authentication" },
      });
    },
  );

  test("a key says whose it is", async () => {
    const whose = async (key: string) => {
      const { auth_method, account_id } = await api.withKey(key).ok(AuthDetails, "GET", "/auth");
      const { organizations } = await api.withKey(key).ok(OrganizationsResponse, "GET", "/users/me/organizations");
      return [auth_method, account_id === organizations[0]?.id, organizations.map(({ id }) => id)];
    };
    expect(await whose(plane.ready.apiKey)).toEqual(["api_key_user", false, [org]]);
    expect(await whose("napi_org")).toEqual(["api_key_org", true, [org]]);
    expect(await whose("napi_project")).toEqual(["api_key_org", true, [org]]);
    expect(await whose("napi_other")).toEqual(["api_key_org", true, ["org-other-one-00000001"]]);
  });

  test.each(["napi_other", "napi_ada", "napi_project"])("a project that %s cannot see answers like one that is not there", async (key) => {
    const foreign = key === "napi_project" ? "second-00000001" : "mine-00000001";
    for (const [method, below] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["GET", "/branches"],
      ["POST", "/branches"],
      ["GET", "/operations"],
      ["POST", "/recover"],
    ] as const) {
      const body = method === "PATCH" ? { project: {} } : undefined;
      const [hidden, missing] = await Promise.all([
        api.withKey(key).refused(method, `/projects/${foreign}${below}`, body),
        api.withKey(key).refused(method, `/projects/no-such-00000001${below}`, body),
      ]);
      expect([hidden.status, hidden.message]).toEqual([404, "project not found"]);
      expect([hidden.status, hidden.message]).toEqual([missing.status, missing.message]);
    }
  });

  test("lists show what a key can see", async () => {
    const list = async (key: string, query = "") =>
      (await api.withKey(key).ok(ProjectsPage, "GET", `/projects${query}`)).projects.map(({ name }) => name);
    expect(await list("napi_org")).toEqual(["mine", "second"]);
    expect(await list("napi_mona", `?org_id=${org}`)).toEqual(["mine", "second"]);
    expect(await list("napi_project")).toEqual(["mine"]);
    expect(await list("napi_other")).toEqual(["theirs"]);
    expect(await status("napi_other", "GET", `/projects?org_id=${org}`)).toBe(404);
    expect(await status("napi_mona", "GET", "/projects")).toBe(400);
  });

  test("a project's key works inside its project, and neither makes nor ends one, nor calls the organisation", async () => {
    expect(await status("napi_project", "POST", "/projects/mine-00000001/branches")).toBe(201);
    await api.settled("mine-00000001");
    expect(await status("napi_project", "PATCH", "/projects/mine-00000001", { project: { name: "mine" } })).toBe(200);
    for (const [method, path] of [
      ["DELETE", "/projects/mine-00000001"],
      ["POST", "/projects"],
      ["GET", `/organizations/${org}`],
      ["GET", `/organizations/${org}/api_keys`],
      ["GET", "/api_keys"],
    ] as const)
      expect([path, await status("napi_project", method, path, method === "POST" ? { project: {} } : undefined)]).toEqual([path, 403]);
  });

  test("keys are made by administrators with a personal key", async () => {
    const keys = `/organizations/${org}/api_keys`;
    for (const key of ["napi_org", "napi_mona"]) expect(await status(key, "POST", keys, { key_name: "x" })).toBe(403);
    expect(await status("napi_ada", "POST", keys, { key_name: "x" })).toBe(404);
    expect(await status(plane.ready.apiKey, "POST", keys, { key_name: "x", project_id: "theirs-00000001" })).toBe(404);
    expect(await status(plane.ready.apiKey, "POST", keys, { key_name: "" })).toBe(400);
  });

  test("a key's text is shown once, its use is recorded, and a revoked key is refused", async () => {
    const keys = `/organizations/${org}/api_keys`;
    const made = await api.ok(CreatedApiKey, "POST", keys, { key_name: "brief" });
    expect(made.key).toMatch(/^napi_[a-z0-9]{64}$/);
    expect(made).not.toHaveProperty("project_id");
    const listed = async () => (await api.ok(ApiKeys, "GET", keys)).find(({ id }) => id === made.id);
    expect(await listed()).toMatchObject({ name: "brief", last_used_from_addr: "" });
    expect(JSON.stringify((await api.call("GET", keys)).body)).not.toContain(made.key);
    expect(await status(made.key, "GET", "/projects")).toBe(200);
    expect((await listed())?.last_used_from_addr).toBe("127.0.0.1");
    expect((await listed())?.last_used_at).toMatch(/^\d{4}-/);
    expect((await api.ok(RevokedApiKey, "DELETE", `${keys}/${made.id}`)).revoked).toBe(true);
    expect(await status(made.key, "GET", "/projects")).toBe(401);
    expect(await status(plane.ready.apiKey, "DELETE", `${keys}/${made.id}`)).toBe(404);
  });

  test("nobody revokes another's key", async () => {
    const [own] = await api.ok(ApiKeys, "GET", "/api_keys");
    expect(await status("napi_mona", "DELETE", `/api_keys/${own?.id ?? ""}`)).toBe(404);
    expect(await status("napi_ada", "DELETE", `/organizations/org-other-one-00000001/api_keys/${own?.id ?? ""}`)).toBe(404);
    expect(await status(plane.ready.apiKey, "GET", "/auth")).toBe(200);
  });
});
