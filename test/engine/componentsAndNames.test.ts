import { randomUUID } from "node:crypto";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import type { TestPlane } from "../support/plane.js";
import { countChanges, type Stack } from "../support/pulumi.js";
import { newPlane, newStack, output, program, putAway, readRecorded, STACK_TRACE } from "./lab.js";

let plane: TestPlane;

jest.setTimeout(180_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
});

const stackOf = (body: string) => newStack(program(body), plane.ready, { config: { "palisade:stackId": randomUUID() } });

const ips = async (stack: Stack, name: string) => {
  const id = (await readRecorded(stack))[name]?.id ?? "";
  const { project } = await plane.api.ok(ProjectResponse, "GET", `/projects/${id}`);
  return project.settings?.allowed_ips?.ips ?? [];
};

test("components with several of our resources, nested, are created at once and destroyed", async () => {
  const stack = await stackOf(`
class Inner extends pulumi.ComponentResource {
  constructor(name, at, opts) {
    super("acme:index:Inner", name, {}, opts);
    const role = new neon.Role(name + "-role", { ...at, name }, { parent: this });
    new neon.Database(name + "-db", { ...at, name, ownerName: role.name }, { parent: this });
    this.registerOutputs({});
  }
}
class Outer extends pulumi.ComponentResource {
  constructor(name) {
    super("acme:index:Outer", name, {}, {});
    const network = { allow: "listed", ranges: ["203.0.113.1"] };
    const { projectId } = new neon.Project(name, { name, regionId: "aws-eu-central-1", network }, { parent: this });
    const { branchId } = new neon.Branch(name + "-dev", { projectId, name: "dev" }, { parent: this });
    new neon.IpAllowlistEntry(name + "-entry", { projectId, ranges: ["198.51.100.1"] }, { parent: this });
    new Inner(name + "-inner", { projectId, branchId }, { parent: this });
    this.registerOutputs({});
  }
}
new Outer("shop");`);
  const made = await stack.up({ check: true });
  expect(countChanges(made)).toEqual({ create: 8 });
  expect(output(made)).not.toContain("promises");
  const marks = Object.values(await readRecorded(stack)).map(({ inputs }) => String(inputs?.["managedBy"]));
  expect(marks).toContain("urn:pulumi:dev::test::acme:index:Outer$acme:index:Inner$pulumi-nodejs:dynamic/palisade:Database::shop-inner-db");
  expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 8 });
  await stack.destroy({ check: true });
});

test("an entry, a list that would open and an adopted role under other names, and a role and its database that go, are what the program declares after the update", async () => {
  const stack = await stackOf(`
const n = process.env.N;
const bare = (name) => new neon.Project(name, { name, regionId: "aws-eu-central-1", network: { allow: "managedSeparately" } });
const [added, listed] = [bare("added"), bare("listed")];
const base = new neon.IpAllowlistEntry("base", { projectId: added.projectId, ranges: ["203.0.113.1"] });
new neon.IpAllowlistEntry("entry-" + n, { projectId: added.projectId, ranges: ["198.51.100.0/24"] }, { dependsOn: base });
new neon.IpAllowlist("list-" + n, { projectId: listed.projectId, allow: "listed", ranges: ["198.51.100.0/24"], onDestroy: "anywhere" });
const at = { projectId: added.projectId, branchId: added.defaultBranchId };
new neon.Role("role-" + n, { ...at, name: "app", ...(n === "b" && { adopt: pulumi.interpolate\`\${at.projectId}/\${at.branchId}/app\` }) });
if (n === "a") {
  // Named by plain text: the program does not tell the engine which is of which.
  new neon.Database("shop", { ...at, name: "shop", ownerName: "clerk" });
  new neon.Role("clerk", { ...at, name: "clerk" });
}`);
  await stack.up({ env: { N: "a" }, check: true });
  expect(countChanges(await stack.up({ env: { N: "b" }, check: true }))).toMatchObject({ create: 3, delete: 5 });
  expect([...(await ips(stack, "added"))].sort()).toEqual(["198.51.100.0/24", "203.0.113.1"]);
  expect(await ips(stack, "listed")).toEqual(["198.51.100.0/24"]);
  expect(countChanges(await stack.refresh({ check: true, args: ["--expect-no-changes"] }))).toEqual({ same: 7 });
});

// `import` is refused as well: a shape of test/engine/programs.test.ts.
test("an option that would be ignored is refused by a sentence, before anything is made", async () => {
  const stack = await stackOf(
    `new neon.Project("x", { name: "x", regionId: "aws-eu-central-1", network: { allow: "nobody" } }, { customTimeouts: { create: "1m" } });`,
  );
  const refused = await stack.up();
  expect(refused.code).not.toBe(0);
  expect(output(refused)).toContain("[PAL_OPTION_IGNORED]");
  expect(output(refused)).not.toMatch(STACK_TRACE);
});

test("a program that has the SDK only through a library is told so, before anything is made", async () => {
  const stack = await newStack(`require("./lib");`, plane.ready);
  const [modules, library] = [join(stack.project, "node_modules"), join(stack.project, "lib")];
  await rm(modules);
  await mkdir(join(library, "node_modules", "@palisade"), { recursive: true });
  const checkout = join(__dirname, "..", "..");
  await symlink(checkout, join(library, "node_modules", "@palisade", "neon"));
  await mkdir(join(modules, "@pulumi"), { recursive: true });
  await symlink(join(checkout, "node_modules", "@pulumi", "pulumi"), join(modules, "@pulumi", "pulumi"));
  await writeFile(
    join(library, "index.js"),
    `const neon = require("@palisade/neon");
new neon.Project("x", { name: "x", regionId: "aws-eu-central-1", network: { allow: "nobody" } });`,
  );
  const refused = await stack.up();
  expect(refused.code).not.toBe(0);
  expect(output(refused)).toContain("[PAL_NOT_INSTALLED]");
  expect(output(refused)).not.toMatch(STACK_TRACE);
});
