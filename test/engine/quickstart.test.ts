import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { buildStoredProvider } from "@palisade/neon/contract/stored";
import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import type { TestPlane } from "../support/plane.js";
import { countChanges, type Result, Stack, type State, STACK } from "../support/pulumi.js";
import { atEnd, inventory, newPlane, output, putAway, STACK_TRACE } from "./lab.js";

const PROTECTED = ["--target", "**::production", "--target-dependents"];

let plane: TestPlane;
let stack: Stack;
const shown: Result[] = [];

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
  stack = await Stack.create({
    program: { directory: resolve(__dirname, "../../examples/01-quickstart") },
    name: "palisade-quickstart",
    env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" },
  });
  atEnd(() => stack.dispose());
  await stack.init({ "palisade:apiUrl": plane.ready.apiUrl, "palisade:apiKey": { secret: plane.ready.apiKey } });
}, 120_000);

/** Notes what was shown, for the search for secrets. */
async function see(call: Promise<Result>): Promise<Result> {
  const result = await call;
  shown.push(result);
  return result;
}

async function live() {
  const [shop] = await inventory(plane.api, plane.ready.orgId);
  if (!shop) throw new Error("the project is gone");
  const { project } = await plane.api.ok(ProjectResponse, "GET", `/projects/${shop.id}`);
  return { ...project, branches: shop.branches };
}

const resourcesOf = ({ deployment }: State) => (deployment.resources ?? []).filter(({ type }) => type.includes("/palisade:"));
const nameOf = ({ urn }: { urn: string }) => urn.split("::").at(-1) ?? "";
const outputsByName = (state: State) => Object.fromEntries(resourcesOf(state).map((resource) => [nameOf(resource), resource.outputs]));

test("creates the project, its branches and the allowlist", async () => {
  expect(countChanges(await see(stack.up({ check: true })))).toEqual({ create: 5 });
  const { settings, branches } = await live();
  expect(settings?.allowed_ips).toEqual({
    ips: ["203.0.113.0/24", "198.51.100.20-198.51.100.29", "2001:db8:5432::/48"],
    protected_branches_only: false,
  });
  expect(settings?.block_public_connections).toBe(false);
  expect(Object.fromEntries(branches.map((branch) => [branch.name, branch.protected]))).toEqual({
    main: false,
    production: true,
    development: false,
  });
});

test("has nothing to do when nothing changed", async () => {
  expect(countChanges(await see(stack.up({ check: true })))).toEqual({ same: 5 });
});

test("keeps no secret in clear, in state, configuration or what it prints", async () => {
  const { body } = await plane.api.call("GET", "/x-palisade/test/secrets");
  const { passwords, keys } = body as { passwords: string[]; keys: string[] };
  expect(keys).toContain(plane.ready.apiKey);
  expect(passwords.length).toBeGreaterThanOrEqual(3);
  const state = JSON.stringify(await stack.exportState());
  const configuration = await readFile(join(stack.project, `Pulumi.${STACK}.yaml`), "utf8");
  expect(configuration).toMatch(/palisade:apiKey:\s+secure:/);
  for (const secret of [...keys, ...passwords])
    for (const text of [state, configuration, ...shown.map(output)]) expect(text).not.toContain(secret);
});

test("stores with each resource the constant of its kind, of at most 80 bytes", async () => {
  const resources = resourcesOf(await stack.exportState());
  expect(resources.map(({ type }) => type.split(":").at(-1)).sort()).toEqual(["Branch", "Branch", "IpAllowlist", "Project"]);
  for (const { type, inputs, outputs } of resources) {
    const constant = buildStoredProvider(type.split(":").at(-1) ?? "");
    expect(Buffer.byteLength(constant)).toBeLessThanOrEqual(80);
    expect([inputs?.["__provider"], outputs?.["__provider"]]).toEqual([constant, constant]);
  }
});

describe("a list that another client has opened", () => {
  let before: State;

  beforeAll(async () => {
    before = await stack.exportState();
    const { id } = await live();
    const opened = await plane.api.call("PATCH", `/projects/${id}`, {
      project: { settings: { allowed_ips: { ips: [], protected_branches_only: false } } },
    });
    expect(opened.status).toBe(200);
  });

  test("is found by a preview-only refresh, with exit code 7, and the state stays as it is", async () => {
    const result = await see(stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] }));
    expect(result.code).toBe(7);
    expect(result.stdout).toMatch(/allow\s*: "listed" => "anywhere"/);
    expect(await stack.exportState()).toEqual(before);
  });

  test("is shown by preview --refresh with its repair, and closed by up --refresh", async () => {
    const preview = await see(stack.preview({ args: ["--refresh", "--diff"], check: true }));
    expect(countChanges(preview)).toMatchObject({ update: 1 });
    expect(preview.stdout).toMatch(/allow\s*: "anywhere" => "listed"/);
    await see(stack.up({ args: ["--refresh"], check: true }));
    expect((await live()).settings?.allowed_ips?.ips).toHaveLength(3);
    expect(outputsByName(await stack.exportState())).toEqual(outputsByName(before));
  });
});

describe("the protected branch", () => {
  test("is kept by Pulumi's protect, and with it its project", async () => {
    const result = await see(stack.destroy());
    expect(result.code).not.toBe(0);
    expect(output(result)).toMatch(/cannot be deleted[\s\S]*because it is protected/);
    expect((await live()).branches.map(({ name }) => name)).toContain("production");
    expect(resourcesOf(await stack.exportState()).map(nameOf)).toEqual(expect.arrayContaining(["shop", "production"]));
  });

  test("is kept by the plane when Pulumi's protect is lifted, and stays in the state", async () => {
    await stack.run(["state", "unprotect", "--all", "--yes", "--stack", STACK], { check: true });
    const result = await see(stack.destroy({ args: PROTECTED }));
    expect(result.code).not.toBe(0);
    expect(output(result)).toContain("The control API refuses the change: DELETE");
    expect(output(result)).toContain('"cannot delete protected branch');
    expect(output(result)).not.toMatch(STACK_TRACE);
    expect((await live()).branches.map(({ name }) => name)).toContain("production");
    expect(resourcesOf(await stack.exportState()).map(nameOf)).toContain("production");
  });

  test("leaves after protection is taken away in the program, and everything with it", async () => {
    await stack.setConfig({ "palisade-quickstart:protected": "false" });
    await see(stack.up({ check: true }));
    expect((await live()).branches.some((branch) => branch.protected)).toBe(false);
    await see(stack.destroy({ check: true }));
    expect(await inventory(plane.api, plane.ready.orgId)).toEqual([]);
    expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
  });
});
