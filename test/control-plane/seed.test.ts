import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { EndpointsResponse } from "@palisade/neon/contract/wire/endpoint";
import { ProjectsPage } from "@palisade/neon/contract/wire/project";
import { RolesResponse } from "@palisade/neon/contract/wire/role";
import { EXAMPLE } from "../../tools/generate/seed.js";
import { endPlanes, planeDirectory, startPlane } from "../support/plane.js";

afterAll(endPlanes);

const WORLD = `
organisations:
  - { name: Acme, id: org-acme-north-00000001, plan: launch }
projects:
  - name: shop
    id: quiet-lake-00000001
    regionId: aws-eu-central-1
    pgVersion: 16
    settings: { allowed_ips: { ips: [192.0.2.0/24], protected_branches_only: true } }
    roles: [{ name: app }]
    databases: [{ name: orders, owner: app }]
    branches:
      - { name: production, protected: true }
      - { name: staging, id: br-seed-sun-a0000001, computes: [read_write, read_only] }
      - { name: preview, parent: staging, expiresAt: 2100-01-01T00:00:00Z }
  - { name: partner, organisation: Acme }
keys:
  - { name: ci, kind: project, project: shop, key: napi_ci }
  - { name: acme, kind: organisation, organisation: Acme, key: napi_acme }
`;

const seeded = async (text: string) => {
  const directory = planeDirectory();
  const seedFile = join(directory, "world.yaml");
  writeFileSync(seedFile, text);
  return startPlane({ seedFile, dataDirectory: join(directory, "data") });
};

test("a seed makes a world that is ready at once, and is read once", async () => {
  const plane = await seeded(WORLD);
  const { api, ready } = plane;
  const [project] = (await api.ok(ProjectsPage, "GET", `/projects?org_id=${ready.orgId}`)).projects;
  expect(project).toMatchObject({
    id: "quiet-lake-00000001",
    name: "shop",
    region_id: "aws-eu-central-1",
    pg_version: 16,
    settings: { allowed_ips: { ips: ["192.0.2.0/24"], protected_branches_only: true } },
  });
  const path = `/projects/quiet-lake-00000001`;
  const { branches } = await api.ok(BranchesPage, "GET", `${path}/branches?sort_by=name&sort_order=desc`);
  const [staging, production, preview] = branches;
  expect(branches.map(({ name, current_state, pending_state }) => [name, current_state, pending_state])).toEqual([
    ["staging", "ready", undefined],
    ["production", "ready", undefined],
    ["preview", "ready", undefined],
  ]);
  expect(production).toMatchObject({ default: true, protected: true });
  expect(production?.restricted_actions).toHaveLength(2);
  expect(staging).toMatchObject({ id: "br-seed-sun-a0000001", parent_id: production?.id });
  expect(preview).toMatchObject({ parent_id: staging?.id, expires_at: "2100-01-01T00:00:00Z" });
  const { endpoints } = await api.ok(EndpointsResponse, "GET", `${path}/endpoints`);
  expect(endpoints.map(({ branch_id, type, current_state }) => [branch_id === staging?.id, type, current_state])).toEqual([
    [false, "read_write", "idle"],
    [true, "read_write", "idle"],
    [true, "read_only", "idle"],
  ]);
  const { roles } = await api.ok(RolesResponse, "GET", `${path}/branches/${preview?.id ?? ""}/roles`);
  expect(roles.map(({ name }) => name)).toEqual(["neondb_owner", "app"]);
  expect((await api.withKey("napi_ci").call("GET", path)).status).toBe(200);
  expect((await api.withKey("napi_acme").call("GET", path)).status).toBe(404);
  await plane.stop();

  const seedFile = join(plane.directory, "..", "world.yaml");
  rmSync(seedFile);
  const again = await startPlane({ seedFile, dataDirectory: plane.directory });
  expect((await again.api.ok(ProjectsPage, "GET", `/projects?org_id=${ready.orgId}`)).projects).toHaveLength(1);
  await again.stop();
});

test.each([
  ["projects:\n  - name: a\n    regionId: aws-mars-1\n", "line 2, projects.0: region not found: aws-mars-1"],
  ["projects:\n  - name: a\n    branches:\n      - nmae: x\n", "line 4, projects.0.branches.0"],
  ["projects:\n  - name: a\n    settings:\n      allowed_ips:\n        ips: [192.0.2.999]\n", '"192.0.2.999"'],
  ["projects:\n  - name: a\n    branches: [{ name: m, protected: true, expiresAt: 2100-01-01T00:00:00Z }]\n", "expiration date"],
  ["projects:\n  - name: a\n    branches: [{ name: m }, { name: n, parent: nobody }]\n", 'there is no branch "nobody"'],
  ["projects: [{ name: a, id: same-1 }, { name: b, id: same-1 }]\n", "the id same-1 is taken"],
  ["keys:\n  - name: k\n    kind: personal\n    key: secret\n", "line 4, keys.0.key: must begin with napi_"],
  ["keys: [{ name: k, kind: project, project: none }]\n", 'there is no project "none"'],
  ["projects:\n  - name: a\n    branches:\n      - name: m\n      - name: m\n", "line 5, projects.0.branches.1: A branch with"],
  [
    "projects:\n  - name: a\n    branches: [{ name: m, computes: [read_write, read_write] }]\n",
    "line 3, projects.0.branches.0: read-write",
  ],
  ["projects:\n  - name: a\n    roles:\n      - name: r\n      - name: r\n", "line 5, projects.0.roles.1: role"],
  ["projects: [{ name: a, roles: [{ name: neondb_owner }] }]\n", "projects.0.roles.0: role"],
  ["projects: [{ name: a, databases: [{ name: d }, { name: d }] }]\n", "projects.0.databases.1: database"],
  ["projects: [{ name: a, databases: [{ name: neondb }] }]\n", "projects.0.databases.0: database"],
  ["projects: [{ name: a, databases: [{ name: d, owner: ghost }] }]\n", "projects.0.databases.0: role"],
  [
    `organisations: [{ name: f, plan: free }]\nprojects: [{ name: a, organisation: f, branches: [${"x"
      .repeat(11)
      .split("")
      .map((name, at) => `{ name: ${name}${at} }`)
      .join()}] }]\n`,
    "projects.0.branches.10",
  ],
  ["organisations: [{ name: a, id: org-a-00000001 }, { name: b, id: org-a-00000001 }]\n", "the id org-a-00000001 is taken"],
  ["organisations: [{ name: a }, { name: a }]\nprojects: [{ name: p, organisation: a }]\n", 'there are two that "a" may mean'],
  ["users: [{ name: a, email: a@example.com }, { name: b, email: a@example.com }]\n", "a@example.com is another user's"],
  [
    "keys: [{ name: a, kind: personal, key: napi_same }, { name: b, kind: organisation, key: napi_same }]\n",
    "the key is another's already",
  ],
  ["projects: [\n", "line 2"],
  ["nonsense: 1\n", "nonsense"],
])("the seed %j is refused, naming %j, and leaves a directory that can be used", async (text, named) => {
  const directory = planeDirectory();
  const seedFile = join(directory, "world.yaml");
  const dataDirectory = join(directory, "data");
  writeFileSync(seedFile, text);
  const refused: unknown = await startPlane({ seedFile, dataDirectory }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "PAL_BAD_SEED", message: expect.stringContaining(named) as unknown });
  expect(String(refused)).toContain(seedFile);
  const plane = await startPlane({ dataDirectory });
  expect((await plane.api.ok(ProjectsPage, "GET", `/projects?org_id=${plane.ready.orgId}`)).projects).toEqual([]);
  await plane.stop();
});

test("a seed that is not there is refused", async () => {
  const missing = join(planeDirectory(), "none.yaml");
  await expect(startPlane({ seedFile: missing })).rejects.toMatchObject({ code: "PAL_BAD_SEED" });
});

test("the example of its reference page can be planted", async () => {
  const { api } = await seeded(EXAMPLE);
  const { body } = await api.withKey("napi_onlyForTests").call("GET", "/projects?org_id=org-acme-00000001");
  expect(body).toMatchObject({ projects: [{ id: "quiet-lake-12345678", name: "shop", region_id: "aws-eu-central-1" }] });
});
