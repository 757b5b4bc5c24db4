import { ProjectPermission } from "@palisade/neon/contract/wire/projectPermission";
import { AuditTrail } from "../../../control-plane/audit/auditTrail.js";
import { collectReadRoutes } from "../../../control-plane/console/apiReader.js";
import { buildRoutes } from "../../../control-plane/api/routes.js";
import { sharedPlane } from "../../support/plane.js";
import { open, signIn, textOf } from "./client.js";

/** What each kind of key sees of two organisations, by every link there is; and that what it does not see is as if it were not there. */
const OTHER = "org-other-one-00000001";
const SEED = {
  organisations: [{ name: "Other-MARK-theirs", id: OTHER }],
  users: [
    { name: "Viewer", email: "viewer@example.com", role: "viewer" },
    { name: "Collaborator", email: "collaborator@example.com", role: "collaborator" },
    { name: "Stranger", email: "stranger@example.com", organisation: OTHER, role: "viewer" },
  ],
  projects: [
    {
      name: "MARK-mine",
      id: "mine-00000001",
      settings: { allowed_ips: { ips: ["192.0.2.1"] } },
      roles: [{ name: "MARK-mine-role" }],
      branches: [{ name: "MARK-mine-branch" }],
    },
    {
      name: "MARK-second",
      id: "second-00000001",
      settings: { allowed_ips: { ips: ["192.0.2.2"] } },
      roles: [{ name: "MARK-second-role" }],
      branches: [{ name: "MARK-second-branch" }],
    },
    {
      name: "MARK-theirs",
      id: "theirs-00000001",
      organisation: OTHER,
      settings: { allowed_ips: { ips: ["198.51.100.9"] } },
      roles: [{ name: "MARK-theirs-role" }],
      branches: [{ name: "MARK-theirs-branch" }],
    },
  ],
  keys: [
    { kind: "organisation", name: "own", key: "napi_own" },
    { kind: "organisation", name: "other", organisation: OTHER, key: "napi_other" },
    { kind: "project", name: "project", project: "mine-00000001", key: "napi_project" },
    { kind: "personal", name: "viewer", user: "Viewer", key: "napi_viewer" },
    { kind: "personal", name: "collaborator", user: "Collaborator", key: "napi_collaborator" },
    { kind: "personal", name: "stranger", user: "Stranger", key: "napi_stranger" },
  ],
};

const opened = jest.spyOn(AuditTrail, "open");
const plane = sharedPlane({ seed: SEED });
const decide = (projectId: string, role: string, address: string) => {
  const trail = opened.mock.results.at(-1)?.value as AuditTrail;
  trail.recordDecision({
    at: new Date().toISOString(),
    action: "connect",
    decision: "refused",
    reason: "password-failed",
    session: "00000000-0000-4000-8000-000000000001",
    clientAddress: address,
    via: "public",
    projectId,
    endpointId: `ep-of-${projectId}`,
    role,
    database: "neondb",
  });
  trail.flush();
};

beforeAll(async () => {
  for (const [org, region, id] of [
    [plane.ready.orgId, "aws-us-east-1", "vpce-0000000000000000a"],
    [OTHER, "aws-us-east-1", "vpce-0000000000000000b"],
  ] as const) {
    const key = org === OTHER ? "napi_other" : plane.ready.apiKey;
    const path = `/organizations/${org}/vpc/region/${region}/vpc_endpoints/${id}`;
    expect((await plane.api.withKey(key).call("POST", path, { label: org === OTHER ? "MARK-theirs-vpce" : "MARK-org-vpce" })).status).toBe(
      200,
    );
  }
  decide("mine-00000001", "MARK-mine-login", "192.0.2.11");
  decide("second-00000001", "MARK-second-login", "192.0.2.12");
  decide("theirs-00000001", "MARK-theirs-login", "198.51.100.13");
  for (const [key, project] of [
    [plane.ready.apiKey, "mine"],
    ["napi_other", "theirs"],
  ] as const)
    await plane.api
      .withKey(key)
      .call("PATCH", `/projects/${project}-00000001`, { project: { settings: { block_vpc_connections: false } } });
  const shared = { email: "stranger@example.com" };
  await plane.api.ok(ProjectPermission, "POST", "/projects/mine-00000001/permissions", shared);
});

/** Every page that links lead to from the first, and what is at the usual addresses besides; by address. */
async function walk(key: string): Promise<Map<string, { status: number; text: string }>> {
  const cookie = await signIn(plane, key);
  const seen = new Map<string, { status: number; text: string }>();
  const left = [
    "/",
    "/console/decisions",
    "/console/audit",
    `/?org=${OTHER}`,
    `/console/audit?org=${OTHER}`,
    `/console/decisions?org=${OTHER}`,
  ];
  left.push(...["mine", "second", "theirs"].map((name) => `/console/projects/${name}-00000001`));
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (seen.has(path)) continue;
    const { status, body } = await open(plane, cookie, path);
    seen.set(path, { status, text: textOf(body) });
    left.push(...[...body.matchAll(/href="(\/[^"]*)"/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&")));
  }
  return seen;
}

/** Every mark that any page shows. */
const marksOf = (pages: Awaited<ReturnType<typeof walk>>): string[] =>
  [...new Set([...pages.values()].flatMap(({ text }) => text.match(/MARK-[\w-]+/g) ?? []))].sort();

const MINE = ["MARK-mine", "MARK-mine-branch", "MARK-mine-role"];
const SECOND = ["MARK-second", "MARK-second-branch", "MARK-second-role"];
const OWN_AUDIT = ["MARK-mine-login", "MARK-second-login"];
const THEIRS = ["MARK-theirs", "MARK-theirs-branch", "MARK-theirs-role"];

describe("of everything that has a name", () => {
  it.each([
    ["the plane's administrator", () => plane.ready.apiKey, [...MINE, ...SECOND, ...OWN_AUDIT, "MARK-org-vpce"]],
    ["a key of the organisation", () => "napi_own", [...MINE, ...SECOND, ...OWN_AUDIT, "MARK-org-vpce"]],
    ["a key of another organisation", () => "napi_other", [...THEIRS, "MARK-theirs-login", "MARK-theirs-vpce"]],
    ["a key of a project", () => "napi_project", MINE],
    ["a member who only looks", () => "napi_viewer", [...MINE, ...SECOND, "MARK-org-vpce"]],
    ["a collaborator", () => "napi_collaborator", [...MINE, ...SECOND, "MARK-org-vpce"]],
    ["a person of elsewhere with whom one project is shared", () => "napi_stranger", [...THEIRS, "MARK-theirs-vpce", ...MINE]],
  ])("%s sees what is theirs, on every page", async (_, key, marks) => {
    const pages = await walk(key());
    expect(marksOf(pages)).toEqual([...new Set(marks)].sort());
    const foreign =
      key() === "napi_other"
        ? /192\.0\.2\.|mine-0|second-0/
        : key() === "napi_stranger"
          ? /second-0|192\.0\.2\.[12]\d/
          : /198\.51\.100|theirs-0/;
    expect([...pages].filter(([, { text }]) => foreign.test(text)).map(([path]) => path)).toEqual([]);
    expect([...pages].filter(([, { status }]) => ![200, 403, 404].includes(status))).toEqual([]);
  });
});

it.each([
  ["napi_project", "second-00000001"],
  ["napi_other", "mine-00000001"],
  ["napi_stranger", "second-00000001"],
  ["napi_own", "theirs-00000001"],
])("%s is told of %s what it is told of nothing", async (key, project) => {
  const cookie = await signIn(plane, key);
  const hidden = await open(plane, cookie, `/console/projects/${project}`);
  const missing = await open(plane, cookie, "/console/projects/nothing-00000001");
  expect([hidden.status, missing.status]).toEqual([404, 404]);
  expect(hidden.body).toBe(missing.body);
});

it("only administrators of the organisation read decisions and audit, as at the API", async () => {
  for (const key of ["napi_project", "napi_viewer", "napi_collaborator", "napi_stranger"]) {
    const cookie = await signIn(plane, key);
    for (const path of ["/console/decisions", "/console/audit", `/console/audit?org=${plane.ready.orgId}`]) {
      const { status } = await open(plane, cookie, path);
      expect([403, 404]).toContain(status);
    }
    expect(
      (await plane.api.withKey(key).call("GET", `/x-palisade/audit/events?org_id=${plane.ready.orgId}`)).status,
    ).toBeGreaterThanOrEqual(403);
  }
});

it("counts what is the key's own alone", async () => {
  const rows = async (key: string, path: string) => (await open(plane, await signIn(plane, key), path)).body.split("<tr>").length - 2;
  expect(await rows("napi_own", "/")).toBe(2);
  expect(await rows("napi_other", "/")).toBe(1);
  expect(await rows("napi_own", "/console/decisions")).toBe(2);
  expect(await rows("napi_other", "/console/decisions")).toBe(1);
});

it("has routes that read within reach, and none that changes or reveals anything", () => {
  const routes = buildRoutes(() => ({ postgres: null, password_guard: null, proxy: null }));
  const within = [...collectReadRoutes(routes).values()];
  expect(within.length).toBeGreaterThan(20);
  expect(within.filter(({ effect, method }) => effect !== "read" || method !== "GET")).toEqual([]);
  expect(routes.length).toBeGreaterThan(2 * within.length);
});

it("leaves nothing behind in what it shows: no document, and no row of the audit", async () => {
  const head = async () =>
    (await plane.api.call("GET", `/x-palisade/audit/head?org_id=${plane.ready.orgId}`)).body as { head: { seq: number } };
  const before = await head();
  await walk("napi_own");
  expect((await head()).head.seq).toBe(before.head.seq);
});
