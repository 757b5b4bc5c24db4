import { randomUUID } from "node:crypto";
import { CreatedBranch } from "@palisade/neon/contract/wire/branch";
import type { TestPlane } from "../support/plane.js";
import { countChanges, type Stack, type StateResource } from "../support/pulumi.js";
import { forgetCalls, inventory, mutations, names, newPlane, newStack, output, program, project, putAway, readRecorded } from "./lab.js";

let plane: TestPlane;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

const ids = (resources: Record<string, Pick<StateResource, "id">>) => Object.values(resources).map(({ id }) => id);
const projects = async () => (await inventory(plane.api, plane.ready.orgId)).map(({ id }) => id);

describe("two stacks of the same project and stack name on one organisation", () => {
  const PROGRAM = program(`const shop = ${project()};\nnew neon.Branch("dev", { projectId: shop.projectId, name: "dev" });`);

  beforeEach(async () => {
    plane = await newPlane();
  });

  test("with an id each, live side by side and leave alone", async () => {
    const make = () => newStack(PROGRAM, plane.ready, { config: { "palisade:stackId": randomUUID() } });
    const [one, other] = [await make(), await make()];
    await one.up({ check: true });
    await other.up({ check: true });
    const [ofOne, ofOther] = [await readRecorded(one), await readRecorded(other)];
    expect(new Set([...ids(ofOne), ...ids(ofOther)]).size).toBe(4);
    expect(await projects()).toHaveLength(2);
    await other.destroy({ check: true });
    expect(await projects()).toEqual([ofOne["shop"]?.id]);
    expect(countChanges(await one.refresh({ check: true }))).toEqual({ same: 3 });
  });

  test("without ids, the second is refused, by a sentence that names the object, and takes nothing", async () => {
    const [one, other] = [await newStack(PROGRAM, plane.ready), await newStack(PROGRAM, plane.ready)];
    await one.up({ check: true });
    const [owned] = await projects();
    await forgetCalls(plane.api);
    const refused = await other.up();
    expect(refused.code).not.toBe(0);
    expect(output(refused)).toContain(`An object made for this resource by an earlier run exists already: Project ${owned ?? ""}`);
    expect(output(refused)).toContain("without this stack's id in it another stack of the same name may own it");
    expect(await readRecorded(other)).toEqual({});
    await other.destroy({ check: true });
    expect(await mutations(plane.api)).toEqual([]);
    expect(await projects()).toEqual([owned]);
  });
});

describe("a project and a branch made by hand, named in `adopt`", () => {
  let stack: Stack;
  let projectId: string;
  let branchId: string;

  const adopting = (name: string, adopt: boolean) => {
    const line = (id: string) => (adopt ? `adopt: "${id}",` : "");
    return program(`
const shop = ${project(name, line(projectId))};
new neon.Branch("dev", { projectId: shop.projectId, name: "dev", ${line(`${projectId}/${branchId}`)} });`);
  };

  beforeAll(async () => {
    plane = await newPlane();
    const made = await plane.api.project({ name: "by hand", region_id: "aws-eu-central-1", settings: { block_public_connections: true } });
    projectId = made.project.id;
    const { branch } = await plane.api.ok(CreatedBranch, "POST", `/projects/${projectId}/branches`, { branch: { name: "dev" } });
    branchId = branch.id;
    await plane.api.settled(projectId);
    await forgetCalls(plane.api);
    stack = await newStack(adopting("another name", true), plane.ready);
  });

  afterEach(() => forgetCalls(plane.api));

  test("that differ from the program are refused, differences named, nothing recorded, nothing changed", async () => {
    const result = await stack.up();
    expect(result.code).not.toBe(0);
    expect(output(result)).toContain(
      `The object to adopt differs from the program: Project ${projectId}: name is "by hand", the program says "another name"`,
    );
    expect(await readRecorded(stack)).toEqual({});
    expect(await mutations(plane.api)).toEqual([]);
  });

  test("that equal the program are taken over without a change", async () => {
    await stack.setProgram(adopting("by hand", true));
    await stack.up({ check: true });
    expect(ids(await readRecorded(stack)).sort()).toEqual([projectId, `${projectId}/${branchId}`]);
    expect(await mutations(plane.api)).toEqual([]);
  });

  test("are protected from destroy while `adopt` stands", async () => {
    const result = await stack.destroy();
    expect(result.code).not.toBe(0);
    expect(output(result)).toMatch(/cannot be deleted[\s\S]*because it is protected/);
    expect(await mutations(plane.api)).toEqual([]);
  });

  test("leave nothing to change when `adopt` is removed, and are then destroyed like any other", async () => {
    await stack.setProgram(adopting("by hand", false));
    await stack.up({ check: true });
    expect(await mutations(plane.api)).toEqual([]);
    expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 3 });
    await stack.destroy({ check: true });
    expect(await names(plane.api, plane.ready.orgId)).toEqual([]);
  });
});
