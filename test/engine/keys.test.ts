import { ERRORS } from "@palisade/neon/contract/errors";
import type { TestPlane } from "../support/plane.js";
import type { Stack } from "../support/pulumi.js";
import { forgetCalls, newPlane, newStack, output, program, project, putAway, readRecorded, STACK_TRACE } from "./lab.js";

const WRONG = { env: { NEON_API_KEY: "napi_unknownkey000000000000" } };

let plane: TestPlane;
let stack: Stack;
jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
  const names = ["one", "two", "three"];
  stack = await newStack(program(names.map((name) => project(name)).join("\n")), plane.ready);
  await stack.up({ check: true });
}, 120_000);

test("an up with nothing to change fails where the API refuses the key, says so once, and records nothing of it", async () => {
  const before = await readRecorded(stack);
  const result = await stack.up(WRONG);
  expect(result.code).not.toBe(0);
  // Among the diagnostics; Pulumi shows it while it works too.
  expect(output(result).split("Diagnostics:")[1]?.split("[PAL_KEY_REFUSED]").length).toBe(2);
  expect(output(result)).toContain(ERRORS.PAL_KEY_REFUSED.summary);
  expect(output(result)).not.toContain("unknownkey");
  expect(output(result)).not.toMatch(STACK_TRACE);
  expect(await readRecorded(stack)).toEqual(before);

  await stack.up({ args: ["--refresh"], check: true });
});

test("a first up does not record the key that the API refused: the right one works at once, also with --refresh", async () => {
  const fresh = await newStack(program(project("fresh")), plane.ready);
  expect((await fresh.up(WRONG)).code).not.toBe(0);
  expect(JSON.stringify(await fresh.exportState())).not.toContain("pulumi:providers:");
  await fresh.up({ args: ["--refresh"], check: true });
  expect(Object.keys(await readRecorded(fresh))).toEqual(["fresh"]);
});

test("an up with nothing to change costs one call, a preview none", async () => {
  await forgetCalls(plane.api);
  await stack.preview({ check: true, ...WRONG });
  await stack.up({ check: true });
  const { body } = await plane.api.call("GET", "/x-palisade/test/calls");
  expect(body).toMatchObject({ calls: { "GET /auth": 1 } });
  expect(Object.keys((body as { calls: object }).calls)).toEqual(["GET /auth"]);
});
