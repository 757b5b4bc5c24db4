import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What is loaded before something is said: a start is short because little is loaded, so that is what is counted. Times are in bench/planeStart.ts. */
const ROOT = resolve(__dirname, "../..");
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palisade-start-"));
  // As Postgres' user may pass through it.
  chmodSync(directory, 0o755);
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const options = () => ({
  apiPort: 0,
  proxyPort: 0,
  bind: "127.0.0.1",
  dataDirectory: join(directory, "plane"),
  plan: "scale" as const,
  hosts: "universal" as const,
  rateLimits: "off" as const,
  operationTimeMs: 0,
  computes: "records" as const,
  log: () => undefined,
});

/** Names of the packages that a program has loaded when it writes to standard output for the first time. */
function packagesAtFirstWord(program: string, { thenEnds = false } = {}): string[] {
  const watched = `
const { write } = process.stdout;
process.stdout.write = function (...words) {
  process.stdout.write = write;
  process.stderr.write(JSON.stringify(Object.keys(require.cache)));
  if (${thenEnds}) setImmediate(() => process.kill(process.pid, "SIGTERM"));
  return write.apply(process.stdout, words);
};
${program}`;
  // The package of the plane is a link in node_modules.
  const text = execFileSync("sh", ["-c", '"$0" -e "$1" 2>&1 >/dev/null', process.execPath, watched], { cwd: ROOT, encoding: "utf8" });
  const files = JSON.parse(text) as string[];
  const named = files
    .map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(file)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(named)].sort();
}

it("a plane has loaded its store alone when it says that it is ready", () => {
  const packages = packagesAtFirstWord(`
const { startPlane } = require(${JSON.stringify(join(ROOT, "control-plane/dist/index.js"))});
startPlane({ ...${JSON.stringify(options())}, log() {} }).then((plane) => {
  process.stdout.write("ready");
  void plane.stop();
});`);
  expect(packages).toContain("libsql");
  for (const late of ["fastify", "zod", "pg", "ws", "asn1js"]) expect(packages).not.toContain(late);
}, 60_000);

it("a plane has loaded no page of its console until one is asked for", () => {
  const program = `
const isLoaded = () => Object.keys(require.cache).some((file) => file.includes("/console/pages/"));
const { startPlane } = require(${JSON.stringify(join(ROOT, "control-plane/dist/index.js"))});
startPlane({ ...${JSON.stringify(options())}, log() {} }).then(async (plane) => {
  await plane.whole;
  const before = isLoaded();
  await (await fetch(new URL("/", plane.ready.apiUrl), { headers: { accept: "text/html" } })).text();
  console.log(JSON.stringify([before, isLoaded()]));
  await plane.stop();
});`;
  expect(JSON.parse(execFileSync(process.execPath, ["-e", program], { cwd: ROOT, encoding: "utf8" }))).toEqual([false, true]);
}, 60_000);

it("palisade dev has loaded no schemas when it says that it is ready", () => {
  const main = createRequire(__filename).resolve(join(ROOT, "dist/cli/main.js"));
  const words = ["dev", "--output", "json", "--api-port", "0", "--proxy-port", "0", "--data", join(directory, "plane")];
  const named = [main, ...words].map((word) => JSON.stringify(word)).join(", ");
  const packages = packagesAtFirstWord(`process.argv.push(${named}); require(${JSON.stringify(main)});`, { thenEnds: true });
  expect(packages).toContain("libsql");
  for (const late of ["fastify", "zod", "pg", "ws"]) expect(packages).not.toContain(late);
}, 60_000);

it("the help has loaded no verb", () => {
  const main = createRequire(__filename).resolve(join(ROOT, "dist/cli/main.js"));
  expect(packagesAtFirstWord(`process.argv.push(${JSON.stringify(main)}, "--help"); require(${JSON.stringify(main)});`)).toEqual([
    "commander",
  ]);
}, 60_000);

it("calls that come before the plane can answer wait, and are answered", async () => {
  const { startPlane } = await import("../../control-plane/index.js");
  const plane = await startPlane(options());
  const headers = { authorization: `Bearer ${plane.ready.apiKey}` };
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${plane.ready.apiUrl}/projects?org_id=${plane.ready.orgId}`, { headers })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await Promise.all([plane.stop(), plane.whole]);
}, 60_000);

it("a plane that is stopped at once ends in order", async () => {
  const { startPlane } = await import("../../control-plane/index.js");
  const first = await startPlane(options());
  await first.stop();
  const second = await startPlane(options());
  expect(second.ready.apiKey).toBe(first.ready.apiKey);
  await second.stop();
}, 60_000);
