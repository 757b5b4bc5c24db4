import { AuditPage } from "../../control-plane/api/audit.js";
import { buildRoutes } from "../../control-plane/api/routes.js";
import { sharedPlane } from "../support/plane.js";

/** What a key may not do, for every route there is: a new route is in these tables by itself. */
const OTHER = "org-other-one-00000001";
const SEED = {
  organisations: [{ name: "Other", id: OTHER }],
  projects: [
    { name: "mine", id: "mine-00000001" },
    { name: "second", id: "second-00000001" },
    { name: "theirs", id: "theirs-00000001", organisation: "Other" },
  ],
  keys: [
    { kind: "organisation", name: "other", organisation: "Other", key: "napi_other" },
    { kind: "project", name: "project", project: "mine", key: "napi_project" },
  ],
};

const OF_PROJECT = "/projects/:project_id";
/** What only an administrator of the organisation does to a project. Everything else that changes a project is open to its own key. */
const CLOSED_IN_ITS_PROJECT = [
  "DELETE /projects/:project_id",
  "POST /projects/:project_id/recover",
  "POST /projects/:project_id/permissions",
  "DELETE /projects/:project_id/permissions/:permission_id",
  "PUT /projects/:project_id/members/:member_id/role",
  "DELETE /projects/:project_id/members/:member_id/role",
  "POST /projects/:project_id/vpc_endpoints/:vpc_endpoint_id",
  "DELETE /projects/:project_id/vpc_endpoints/:vpc_endpoint_id",
  "POST /projects/:project_id/transfer_requests",
  "PUT /projects/:project_id/transfer_requests/:request_id",
  "PUT /x-palisade/projects/:project_id/customer_managed_key",
  "DELETE /x-palisade/projects/:project_id/customer_managed_key",
  "POST /x-palisade/projects/:project_id/branches/:branch_id/erase",
  "POST /x-palisade/projects/:project_id/erase",
  "POST /x-palisade/projects/:project_id/path_challenges",
  "DELETE /x-palisade/projects/:project_id/path_challenges/:challenge",
];
/** Open to whoever was told the id of the request. */
const ACCEPT = "PUT /projects/:project_id/transfer_requests/:request_id";

const ROUTES = buildRoutes(() => ({ postgres: null, password_guard: null, proxy: null }));
const NAMED = ROUTES.map((route) => ({ ...route, name: `${route.method} ${route.path}` }));
const MUTATIONS = NAMED.filter(({ effect }) => effect === "mutation");
const below = (path: string) => path.replace(/^\/x-palisade/, "");
const isOfProject = ({ path }: { path: string }) => below(path).startsWith(OF_PROJECT);

const plane = sharedPlane({ seed: SEED });

/** The answer to a call that asks for no change; parts of the path that are not given name nothing that is there. */
async function answered(key: string, { method, path }: { method: string; path: string }, projectId: string, orgId = plane.ready.orgId) {
  const parts: Record<string, string> = {
    project_id: projectId,
    org_id: orgId,
    region_id: "aws-us-east-1",
    branch_id: "br-no-such-a0000000",
  };
  const target = path.replace(/:(\w+)/g, (_, name: string) => parts[name] ?? "00000000-0000-4000-8000-000000000000");
  const { status, body } = await plane.api.withKey(key).call(method, target, method === "GET" ? undefined : { project: {} });
  return { status, message: (body as { message?: string } | undefined)?.message };
}

const rows = async () => (await plane.api.ok(AuditPage, "GET", `/x-palisade/audit?org_id=${plane.ready.orgId}&limit=100`)).entries;

test("the list of what is closed names routes that are there", () => {
  expect(CLOSED_IN_ITS_PROJECT.filter((name) => !MUTATIONS.some((route) => route.name === name))).toEqual([]);
});

test("no call waits for a project that its caller need not see: the wait would tell that it is there", () => {
  expect(NAMED.filter(({ who, exclusive }) => exclusive && who !== "project" && who !== "projectInsider")).toEqual([]);
});

describe("a key of a project", () => {
  test.each(MUTATIONS.filter((route) => !isOfProject(route)))("is refused outside of projects: $name", async (route) => {
    const before = await rows();
    expect((await answered("napi_project", route, "mine-00000001")).status).toBe(403);
    expect(await rows()).toEqual(before);
  });

  test.each(MUTATIONS.filter(({ name }) => CLOSED_IN_ITS_PROJECT.includes(name)))("is refused in its own project: $name", async (route) => {
    const before = await rows();
    expect((await answered("napi_project", route, "mine-00000001")).status).toBe(403);
    expect(await rows()).toEqual(before);
  });

  test.each(MUTATIONS.filter((route) => isOfProject(route) && !CLOSED_IN_ITS_PROJECT.includes(route.name)))(
    "is heard in its own project: $name",
    async (route) => {
      const { status } = await answered("napi_project", route, "mine-00000001");
      expect([401, 403, 500]).not.toContain(status);
      await plane.api.settled("mine-00000001");
    },
  );

  test.each(NAMED.filter((route) => isOfProject(route) && route.name !== ACCEPT))("finds no other project: $name", async (route) => {
    const before = await rows();
    const [hidden, missing] = [
      await answered("napi_project", route, "second-00000001"),
      await answered("napi_project", route, "no-such-00000001"),
    ];
    expect(hidden).toEqual({ status: 404, message: "project not found" });
    expect(missing).toEqual(hidden);
    expect(await rows()).toEqual(before);
  });
});

describe("a key of another organisation", () => {
  test.each(NAMED.filter((route) => isOfProject(route)))("finds no project: $name", async (route) => {
    const before = await rows();
    const [hidden, missing] = [
      await answered("napi_other", route, "second-00000001"),
      await answered("napi_other", route, "no-such-00000001"),
    ];
    expect(hidden.status).toBe(404);
    expect(missing).toEqual(hidden);
    expect(await rows()).toEqual(before);
  });

  test.each(NAMED.filter(({ path }) => below(path).startsWith("/organizations/:org_id")))("finds no organisation: $name", async (route) => {
    const before = await rows();
    expect(await answered("napi_other", route, "mine-00000001")).toEqual({ status: 404, message: "organization not found" });
    expect(await rows()).toEqual(before);
  });
});
