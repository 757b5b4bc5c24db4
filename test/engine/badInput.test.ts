import { createServer, type AddressInfo } from "node:net";
import { ERRORS } from "@palisade/neon/contract/errors";
import type { TestPlane } from "../support/plane.js";
import type { Stack } from "../support/pulumi.js";
import { mutations, newPlane, newStack, output, program, project, putAway, readRecorded, STACK_TRACE } from "./lab.js";

let plane: TestPlane;
let stack: Stack;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
  stack = await newStack(program(project()), plane.ready);
});

afterEach(async () => {
  expect(await readRecorded(stack)).toEqual({});
  expect(await mutations(plane.api)).toEqual([]);
});

const listed = (...ranges: string[]) =>
  program(
    `new neon.Project("shop", { name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: ${JSON.stringify(ranges)} } });`,
  );

// What is refused, and with which words, is in test/provider/resources/rejected.test.ts; here, that Pulumi says it where it belongs.
test.each([
  ["a malformed range", listed("203.0.113.0/24", "203.0.113.999"), "network.ranges[1]", /203\.0\.113\.999/],
  ["a field that does not exist", program(project("shop", "historyRetentionSecs: 1")), "historyRetentionSecs", /did you mean/i],
])("%s is refused at preview, at its field", async (_what, source, property, message) => {
  await stack.setProgram(source);
  const result = await stack.preview();
  expect(result.code).not.toBe(0);
  expect(output(result)).toContain(`resource 'shop': property ${property} value`);
  expect(output(result)).toMatch(message);
  expect(output(result)).not.toMatch(STACK_TRACE);
});

describe("an up", () => {
  beforeAll(() => stack.setProgram(program(project())));

  const said = (code: keyof typeof ERRORS) => `${ERRORS[code].summary}: `;

  test("without a key ends with one sentence", async () => {
    const result = await stack.up({ env: { NEON_API_KEY: "" } });
    expect(result.code).not.toBe(0);
    expect(output(result)).toContain(`${said("PAL_NO_KEY")}for ${plane.ready.apiUrl}. ${ERRORS.PAL_NO_KEY.remedy} [PAL_NO_KEY]`);
    expect(output(result)).not.toMatch(STACK_TRACE);
  });

  test("with a key that the API does not know ends with one sentence, which does not show the key", async () => {
    const result = await stack.up({ env: { NEON_API_KEY: "napi_unknownkey000000000000" } });
    expect(result.code).not.toBe(0);
    expect(output(result)).toContain(said("PAL_KEY_REFUSED"));
    expect(output(result)).toContain(`${ERRORS.PAL_KEY_REFUSED.remedy} [PAL_KEY_REFUSED]`);
    expect(output(result)).not.toContain("unknownkey");
    expect(output(result)).not.toMatch(STACK_TRACE);
  });

  test("with the plane down waits for it within bounds, then ends with one sentence", async () => {
    const apiUrl = `http://127.0.0.1:${await closedPort()}/api/v2`;
    await stack.setConfig({ "palisade:apiUrl": apiUrl });
    const started = Date.now();
    const result = await stack.up({ deadlineMs: 40_000 });
    expect(result.code).not.toBe(0);
    expect(Date.now() - started).toBeGreaterThan(5_000);
    expect(output(result)).toContain(
      `${said("PAL_UNREACHABLE")}GET /api/v2/users/me/organizations at ${new URL(apiUrl).host}: ECONNREFUSED`,
    );
    expect(output(result)).not.toMatch(STACK_TRACE);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
