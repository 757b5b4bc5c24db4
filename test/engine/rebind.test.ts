import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BranchesPage } from "@palisade/neon/contract/wire/branch";
import { CreatedSnapshot, RestoredSnapshot } from "@palisade/neon/contract/wire/snapshot";
import type { TestPlane } from "../support/plane.js";
import { countChanges, type Stack } from "../support/pulumi.js";
import { newPlane, newStack, output, palisade, program, project, putAway } from "./lab.js";

const PROGRAM = program(`
const shop = ${project()};
const production = new neon.ProtectedBranch("production", { projectId: shop.projectId, name: "production" });
new neon.Role("app", { projectId: shop.projectId, branchId: production.branchId, name: "app" });
new neon.Branch("preview", { projectId: shop.projectId, name: "preview", parentBranchId: production.branchId });
`);

let plane: TestPlane;
let stack: Stack;
let projectId: string;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);
beforeAll(async () => {
  plane = await newPlane();
  stack = await newStack(PROGRAM, plane.ready);
  await stack.up({ check: true });
  const { deployment } = await stack.exportState();
  projectId = deployment.resources?.find(({ type }) => type.endsWith(":Project"))?.id ?? "";
}, 120_000);

async function rebind(...words: string[]): Promise<{ code: number | null; said: string }> {
  const said = await palisade(stack, ["rebind", ...words]);
  return { code: said.code, said: output(said) };
}

const branches = async () => (await plane.api.ok(BranchesPage, "GET", `/projects/${projectId}/branches`)).branches;
const named = async (name: string) => (await branches()).find((branch) => branch.name === name)?.id ?? "";

test("a branch restored outside of Pulumi is found, explained, and bound; then nothing is to do", async () => {
  const old = await named("production");
  const at = `/projects/${projectId}`;
  const { snapshot } = await plane.api.ok(CreatedSnapshot, "POST", `${at}/branches/${await named("main")}/snapshot`);
  await plane.api.settled(projectId);
  await plane.api.ok(RestoredSnapshot, "POST", `${at}/snapshots/${snapshot.id}/restore`, { target_branch_id: old, finalize_restore: true });
  await plane.api.settled(projectId);
  const restored = await named("production");
  expect(restored).not.toBe(old);

  const refused = await stack.up({ args: ["--refresh"] });
  expect(refused.code).not.toBe(0);
  expect(output(refused)).toMatch(/Another branch holds the name now: .*palisade rebind/);
  expect(await named("production")).toBe(restored);

  const dry = await rebind();
  expect(dry.code).toBe(20);
  expect(dry.said).toContain(`production: production was ${old}, is ${restored}`);
  expect(dry.said).toContain(`preview inputs.parentBranchId = ${restored}`);
  expect(dry.said).toContain("Nothing was written");

  const applied = await rebind("--apply");
  expect(applied.code).toBe(0);
  const backup = (await readdir(stack.project)).find((name) => name.startsWith("state-before-rebind-")) ?? "";
  expect((await stat(join(stack.project, backup))).mode & 0o777).toBe(0o600);

  const after = await stack.up();
  expect(after.code).toBe(0);
  expect(countChanges(after)).toEqual({ same: 5 });
  expect((await rebind("--apply")).said).toContain("Nothing to bind");
  const refreshed = await stack.up({ args: ["--refresh"] });
  // What was restored is of main, which has no such role.
  expect(countChanges(refreshed)).toEqual({ same: 4, create: 1 });
});
