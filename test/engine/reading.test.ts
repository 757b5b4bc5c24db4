import { BranchesPage, CreatedBranch } from "@palisade/neon/contract/wire/branch";
import type { TestPlane } from "../support/plane.js";
import { names, newPlane, newStack, output, program, putAway } from "./lab.js";

let plane: TestPlane;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
});

const exported = async (stack: Awaited<ReturnType<typeof newStack>>) =>
  JSON.parse((await stack.run(["stack", "output", "--json"], { check: true })).stdout) as Record<string, unknown>;

test("get reads an existing object at every up, and destroy leaves it", async () => {
  const { project, branch } = await plane.api.project({ name: "live" });
  const stack = await newStack(
    program(`
const project = neon.Project.get("live", "${project.id}");
const branch = neon.Branch.get("main", pulumi.interpolate\`\${project.projectId}/\${project.defaultBranchId}\`);
exports.name = project.name;
exports.network = project.network;
exports.branch = branch.name;
exports.branchId = branch.branchId;
`),
    plane.ready,
  );
  await stack.up({ check: true });
  expect(await exported(stack)).toEqual({
    name: "live",
    network: { allow: "anywhere", privateEndpoints: "allowed" },
    branch: "main",
    branchId: branch.id,
  });
  await plane.api.call("PATCH", `/projects/${project.id}`, { project: { name: "renamed" } });
  await stack.up({ check: true });
  expect(await exported(stack)).toMatchObject({ name: "renamed" });
  await stack.destroy({ check: true });
  expect(await names(plane.api, plane.ready.orgId)).toEqual(["renamed", "renamed/main"]);
  await plane.api.call("DELETE", `/projects/${project.id}`);
});

test("get of what is not there is one sentence", async () => {
  const stack = await newStack(program(`neon.Project.get("gone", "no-such-00000000");`), plane.ready);
  const result = await stack.up();
  expect(result.code).not.toBe(0);
  expect(output(result)).toContain("PAL_GET_ABSENT");
  expect(output(result)).not.toMatch(/^\s+at .+:\d+/m);
});

test("look-ups find by name and list, and refuse what is not exactly one", async () => {
  const { project, branch } = await plane.api.project({ name: "shop" });
  const child = await plane.api.ok(CreatedBranch, "POST", `/projects/${project.id}/branches`, { branch: { name: "dev" } });
  await plane.api.settled(project.id);
  const stack = await newStack(
    program(`
const lookup = require("@palisade/neon/lookup");
module.exports = async () => {
  const shop = await lookup.findProject("shop");
  const dev = await lookup.findBranch(shop.id, "dev");
  const missing = await lookup.findProject("nothing").catch((error) => error.message);
  return {
    shop, dev, missing,
    projects: (await lookup.listProjects()).length,
    computes: (await lookup.listComputes(shop.id)).map(({ type, branchId }) => [type, branchId]),
    roles: await lookup.listRoleNames(shop.id, dev.id),
    databases: (await lookup.listDatabases(shop.id, dev.branchId)).map(({ name, ownerName }) => [name, ownerName]),
    read: neon.Branch.get("dev", dev.id).name,
  };
};
`),
    plane.ready,
  );
  await stack.up({ check: true });
  expect(await exported(stack)).toMatchObject({
    shop: { id: project.id, name: "shop", regionId: project.region_id, pgVersion: project.pg_version },
    dev: {
      id: `${project.id}/${child.branch.id}`,
      branchId: child.branch.id,
      protected: false,
      isDefault: false,
      parentBranchId: branch.id,
    },
    missing: expect.stringContaining("PAL_LOOKUP") as string,
    projects: 1,
    computes: [["read_write", branch.id]],
    roles: ["neondb_owner"],
    databases: [["neondb", "neondb_owner"]],
    read: "dev",
  });
  expect((await plane.api.ok(BranchesPage, "GET", `/projects/${project.id}/branches`)).branches).toHaveLength(2);
});
