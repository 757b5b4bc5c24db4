import { OperationsPage } from "@palisade/neon/contract/wire/common";
import type { TestPlane } from "../support/plane.js";
import { countChanges } from "../support/pulumi.js";
import { until } from "../support/until.js";
import {
  fault,
  forgetCalls,
  inventory,
  mutations,
  names,
  newPlane,
  newStack,
  output,
  program,
  project,
  putAway,
  readRecorded,
  STACK_TRACE,
} from "./lab.js";

const BRANCHED = program(`
const shop = ${project("shop", "historyRetentionSeconds: 86400")};
new neon.Branch("dev", { projectId: shop.projectId, name: "dev" });
`);
const ONE_OF_EACH = ["shop", "shop/dev", "shop/main"];

let plane: TestPlane;
const held = () => names(plane.api, plane.ready.orgId);
const failNext = (action: string) => plane.api.call("POST", "/x-palisade/test/operations/fail", { action, times: 3 });

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeEach(async () => {
  plane = await newPlane();
});

test("an operation that fails after the object exists: a project is recorded and gone on with, a branch that was taken back is said to be gone", async () => {
  const stack = await newStack(BRANCHED, plane.ready);
  await failNext("start_compute");
  const failed = await stack.up();
  expect(failed.code).not.toBe(0);
  expect(output(failed)).toContain("An operation of the control API failed: operation start_compute");
  expect(output(failed)).not.toMatch(STACK_TRACE);
  const [made] = await inventory(plane.api, plane.ready.orgId);
  const { shop } = await readRecorded(stack);
  expect(shop?.id).toBe(made?.id);
  expect(shop?.outputs).toMatchObject({ schemaVersion: 1, origin: { accountId: plane.ready.orgId } });

  await failNext("create_branch");
  const second = await stack.up();
  expect(countChanges(second)).toMatchObject({ same: 1, update: 1 });
  expect((await readRecorded(stack))["shop"]).toMatchObject({ id: made?.id, outputs: { defaultBranchId: made?.branches[0]?.id } });
  expect(output(second)).toContain("An operation of the control API failed: operation create_branch");
  // The control API has taken it back.
  expect(await held()).toEqual(["shop", "shop/main"]);

  const third = await stack.up();
  expect(third.code).not.toBe(0);
  expect(output(third)).toContain("The object no longer exists: Branch");
  await stack.up({ args: ["--refresh"], check: true });
  expect(await held()).toEqual(ONE_OF_EACH);
  expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 3 });
});

test("an up whose answers are lost after the change finds what it has made, in the same run", async () => {
  const stack = await newStack(BRANCHED, plane.ready);
  await fault(plane.api, { method: "POST", path: "/projects", kind: "lost-after" });
  await fault(plane.api, { method: "POST", path: "/projects/*/branches", kind: "lost-after" });
  expect(countChanges(await stack.up({ check: true }))).toEqual({ create: 3 });
  expect(await held()).toEqual(ONE_OF_EACH);
  await forgetCalls(plane.api);
  expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 3 });
  expect(await mutations(plane.api)).toEqual([]);
});

test("an up whose calls are lost before the change says so, and the next one makes one of each", async () => {
  const { project: ready } = await plane.api.project({ name: "ready" });
  const stack = await newStack(program(`${project()};\nnew neon.Branch("dev", { projectId: "${ready.id}", name: "dev" });`), plane.ready);
  await fault(plane.api, { method: "POST", path: "/projects", kind: "lost-before" });
  await fault(plane.api, { method: "POST", path: "/projects/*/branches", kind: "lost-before" });
  const lost = await stack.up();
  expect(lost.code).not.toBe(0);
  expect(output(lost).match(/\[PAL_ANSWER_LOST\]/g)?.length).toBeGreaterThanOrEqual(2);
  expect(output(lost)).not.toMatch(STACK_TRACE);
  expect(await readRecorded(stack)).toEqual({});
  await stack.up({ check: true });
  expect(await held()).toEqual(["ready", "ready/dev", "ready/main", "shop", "shop/main"]);
});

test("Ctrl-C in the middle of an up ends it, and the next up leaves no orphan", async () => {
  const slow = await newPlane({ operationTimeMs: 400 });
  const bodies = ["a", "b", "c"].map((name) => `new neon.Branch("${name}", { projectId: shop.projectId, name: "${name}" });`);
  const stack = await newStack(program(`const shop = ${project()};\n${bodies.join("\n")}`), slow.ready);
  const up = stack.startUp();
  await until("a branch is being made", async () => (await inventory(slow.api, slow.ready.orgId))[0]?.branches[1]);
  up.kill("SIGINT");
  const ended = await up.result;
  expect(ended.code).not.toBe(0);
  expect(output(ended)).not.toMatch(STACK_TRACE);

  await stack.up({ check: true });
  const [shop] = await inventory(slow.api, slow.ready.orgId);
  const ids = Object.values(await readRecorded(stack)).map(({ id }) => id);
  expect(await names(slow.api, slow.ready.orgId)).toEqual(["shop", "shop/a", "shop/b", "shop/c", "shop/main"]);
  const made = shop?.branches.filter((branch) => !branch.default).map(({ id }) => `${shop.id}/${id}`) ?? [];
  expect(ids.sort()).toEqual([shop?.id, ...made].sort());
  const { operations } = await slow.api.ok(OperationsPage, "GET", `/projects/${shop?.id ?? ""}/operations`);
  expect(operations.filter(({ status }) => status === "failed")).toEqual([]);
});
