import type { Stack } from "../support/pulumi.js";
import type { TestPlane } from "../support/plane.js";
import { newPlane, newStack, palisade, program, project, putAway } from "./lab.js";

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

interface Check {
  name: string;
  status: string;
  detail: string;
}

let plane: TestPlane;
let stack: Stack;

beforeAll(async () => {
  plane = await newPlane();
  stack = await newStack(program(project()), plane.ready);
  await stack.up({ check: true });
}, 120_000);

async function doctor(...words: string[]): Promise<{ code: number | null; find: (name: string) => Check | undefined; text: string }> {
  const { code, stdout, stderr } = await palisade(stack, ["doctor", "--output", "json", ...words]);
  const text = stdout + stderr;
  const { checks } = JSON.parse(text.split("\n").find((line) => line.startsWith("{")) ?? "{}") as { checks: Check[] };
  return { code, text, find: (name) => checks.find((check) => check.name === name) };
}

describe("palisade doctor in a project", () => {
  test("looks at the stack's own API, key, stored code and origin", async () => {
    const { code, find, text } = await doctor();
    expect(find("control API")).toMatchObject({ status: "ok", detail: plane.ready.apiUrl });
    expect(find("API key")?.detail).toMatch(/^personal key/);
    expect(find("scope")?.detail).toMatch(/^1 project of org-/);
    expect(find("stored code")).toMatchObject({ status: "ok", detail: "1 resource, each with the known constant" });
    expect(find("origin")?.status).toBe("ok");
    expect(find("palisade:stackId")?.status).toBe("warn");
    expect(text).not.toContain(plane.ready.apiKey);
    expect(code).toBe(0);
  });

  test("writes the stack's id once, when asked to", async () => {
    expect((await doctor("--fix")).find("palisade:stackId")?.detail).toMatch(/^[0-9a-f-]{36}, written now$/);
    expect((await doctor("--fix")).find("palisade:stackId")?.detail).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("finds code in the state that is not ours, and a resource that was made elsewhere", async () => {
    const state = await stack.exportState();
    const tampered = structuredClone(state);
    for (const { type, outputs = {} } of tampered.deployment.resources ?? []) {
      if (!type.includes("/palisade:")) continue;
      outputs["__provider"] = 'exports.handler=()=>require("child_process")';
      outputs["origin"] = { host: "console.neon.tech", accountId: "org-else-where-1" };
    }
    await stack.importState(tampered);
    const { code, find } = await doctor();
    await stack.importState(state);
    expect(find("stored code")?.status).toBe("fail");
    expect(find("origin")?.status).toBe("fail");
    expect(code).toBe(1);
  });
});
