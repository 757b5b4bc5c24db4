import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "../../control-plane/api/routes.js";

/** Every call of Neon's SDK is answered, or docs/guides/plane.md says why it is not. */
const ROOT = join(__dirname, "../..");
const source = readFileSync(join(ROOT, "node_modules/@neon/sdk/dist/client/sdk.gen.js"), "utf8");
const neon = [...source.matchAll(/client\)\.(get|post|put|patch|delete)\(\{[\s\S]*?\n\turl: "([^"]+)"/g)].map(
  ([, method = "", path = ""]) => ({ call: `${method.toUpperCase()} ${path}`, path }),
);
const answered = new Set(ROUTES.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`));

const guide = readFileSync(join(ROOT, "docs/guides/plane.md"), "utf8");
const [, table = ""] = guide.split("## What the embedded plane does not answer");
const excused = [...table.matchAll(/^\| (`.+`) \| (.+) \|$/gm)].flatMap(([, routes = "", reason = ""]) =>
  [...routes.matchAll(/`([^`]+)`/g)].map(([, pattern = ""]) => ({ pattern, reason })),
);
const fits = (pattern: string, path: string) => (pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern);

test("the SDK's calls are found", () => {
  expect(neon.length).toBeGreaterThan(170);
  expect(excused.length).toBeGreaterThan(10);
});

test("what is not answered has one reason in the guide", () => {
  const missing = neon.filter(({ call }) => !answered.has(call));
  const reasons = missing.map(({ call, path }) => [call, excused.filter(({ pattern }) => fits(pattern, path)).length]);
  expect(reasons.filter(([, count]) => count !== 1)).toEqual([]);
});

test("no reason is left over: it excuses a call of the SDK, and none that is answered", () => {
  for (const { pattern, reason } of excused) {
    const calls = neon.filter(({ path }) => fits(pattern, path)).map(({ call }) => call);
    expect([pattern, calls.length > 0, calls.filter((call) => answered.has(call)), reason.length > 15]).toEqual([pattern, true, [], true]);
  }
});
