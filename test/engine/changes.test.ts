import { ProjectResponse } from "@palisade/neon/contract/wire/project";
import type { TestPlane } from "../support/plane.js";
import { countChanges, type Stack } from "../support/pulumi.js";
import { forgetCalls, inventory, mutations, names, newPlane, newStack, output, program, project, putAway, readRecorded } from "./lab.js";

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

describe("a change of the program", () => {
  let plane: TestPlane;
  let stack: Stack;
  let branchId: string | undefined;

  const withBranch = (branch: string, shop = project()) => program(`const shop = ${shop};\n${branch}`);
  const branch = (kind: string, options = "") => `new neon.${kind}("dev", { projectId: shop.projectId, name: "dev", ${options} });`;
  const dev = async () => (await inventory(plane.api, plane.ready.orgId))[0]?.branches.find(({ name }) => name === "dev");

  beforeAll(async () => {
    plane = await newPlane();
    stack = await newStack(withBranch(branch("Branch")), plane.ready);
    await stack.up({ check: true });
    branchId = (await readRecorded(stack))["dev"]?.id;
  });

  beforeEach(() => forgetCalls(plane.api));

  test("of a locked field is refused at preview, with both values and what to do", async () => {
    await stack.setProgram(withBranch(branch("Branch"), project().replace("eu-central-1", "us-east-1")));
    const result = await stack.preview();
    expect(result.code).not.toBe(0);
    expect(output(result)).toContain('cannot change from "aws-eu-central-1" after creation: a replacement would drop data');
    expect(await mutations(plane.api)).toEqual([]);
  });

  test("from Branch to ProtectedBranch is an update of the same branch, which is protected then", async () => {
    await stack.setProgram(withBranch(branch("ProtectedBranch")));
    expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 2, update: 1 });
    expect((await readRecorded(stack))["dev"]?.id).toBe(branchId);
    expect(await dev()).toMatchObject({ protected: true });
  });

  test("back to Branch takes no protection away until it says so", async () => {
    await stack.setProgram(withBranch(branch("Branch")));
    await stack.up({ check: true });
    expect(await dev()).toMatchObject({ protected: true });
    expect(await mutations(plane.api)).toEqual([]);
    await stack.setProgram(withBranch(branch("Branch", "protected: false")));
    expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 2, update: 1 });
    expect(await dev()).toMatchObject({ protected: false });
    expect((await readRecorded(stack))["dev"]?.id).toBe(branchId);
  });

  test("of a name is an update in place, shown by the preview field by field", async () => {
    await stack.setProgram(withBranch(branch("Branch", "protected: false").replace('name: "dev"', 'name: "development"')));
    const preview = await stack.preview({ args: ["--diff"], check: true });
    expect(preview.stdout).toMatch(/~ name\s*: "dev" => "development"/);
    await stack.up({ check: true });
    expect(await names(plane.api, plane.ready.orgId)).toEqual(["shop", "shop/development", "shop/main"]);
  });
});

test("two accounts in one stack: each resource is made, read and removed where its account says", async () => {
  const [main, second] = [await newPlane(), await newPlane()];
  const stack = await newStack(program(`${project("here")};\n${project("there", 'account: "second"')};`), main.ready);
  // As the remedy of PAL_BAD_ACCOUNTS says it.
  const set = (flags: string[], key: string, value: string) =>
    stack.run(["config", "set", ...flags, "--path", `palisade:accounts["second"].${key}`, value], { check: true });
  await set(["--secret"], "apiKey", second.ready.apiKey);
  await set([], "apiUrl", second.ready.apiUrl);
  await stack.up({ check: true });
  const held = async () => [await names(main.api, main.ready.orgId), await names(second.api, second.ready.orgId)];
  expect(await held()).toEqual([
    ["here", "here/main"],
    ["there", "there/main"],
  ]);
  const { there } = await readRecorded(stack);
  const { project: found } = await second.api.ok(ProjectResponse, "GET", `/projects/${there?.id ?? ""}`);
  expect(there?.outputs).toMatchObject({ account: "second", origin: { accountId: found.org_id } });
  expect(countChanges(await stack.up({ check: true, args: ["--refresh"] }))).toEqual({ same: 3 });
  await stack.destroy({ check: true });
  expect(await held()).toEqual([[], []]);
});
