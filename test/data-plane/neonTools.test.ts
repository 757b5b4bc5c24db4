import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { consoleProxy } from "../support/consoleProxy.js";
import { sharedPlane } from "../support/plane.js";
import { project, sql } from "./clients.js";

/**
 * Neon's own tools for tests, unmodified, in processes of their own. They know one address of the API, so that a proxy stands there for it; their
 * connections go to the plane by the URI that it answers. Neither has a way to cancel a statement: what is cancelled is a client's own.
 * neon-testing 2.7.0 calls @neondatabase/api-client by position, as that had it up to 2.7.1: `overrides` in package.json give it that one.
 */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
const DRIVERS = resolve(__dirname, "../support/drivers");
const VITEST = resolve(__dirname, "../../node_modules/vitest/vitest.mjs");

let proxy: Awaited<ReturnType<typeof consoleProxy>>;
let roots: string;
beforeAll(async () => {
  proxy = await consoleProxy(plane.ready.apiUrl);
  roots = join(plane.directory, "roots.crt");
  writeFileSync(roots, `${readFileSync(plane.ready.rootCert ?? "", "utf8")}\n${proxy.authority}`);
}, 60_000);
afterAll(() => proxy.close());

/** Standard output, once the program has ended well. */
async function output(words: readonly string[], more: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    cwd: join(DRIVERS, "neonTesting"),
    env: {
      PATH: process.env["PATH"],
      HOME: plane.directory,
      HTTPS_PROXY: proxy.url,
      NO_COLOR: "1",
      NEON_API_KEY: plane.ready.apiKey,
      NEON_ORG_ID: plane.ready.orgId,
      NODE_EXTRA_CA_CERTS: roots,
      ...more,
    },
    timeout: 120_000,
  }).catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${stdout ?? ""}\n${stderr ?? ""}`, { cause: error });
  });
  return stdout;
}

it("@neondatabase/toolkit makes a project, asks it, and is refused as others are", async () => {
  const told = JSON.parse(await output([join(DRIVERS, "toolkit.mjs")])) as Record<string, unknown>;
  expect(told).toEqual({
    allowed: [{ answer: 42 }],
    big: 5_000_000,
    again: 1,
    wrongPassword: expect.stringContaining("password authentication failed for user 'neondb_owner'") as string,
    refusedByAddress: expect.stringContaining("This IP address 127.0.0.1 is not allowed to connect to this endpoint.") as string,
    deleted: expect.stringContaining("endpoint cannot be found") as string,
  });
}, 150_000);

it("neon-testing gives the tests of a program a branch, and removes it", async () => {
  const { id, owner } = await project(plane, { name: "tested" });
  await sql(plane, owner, "CREATE TABLE parent AS SELECT 1 AS n");
  const report = JSON.parse(
    await output([VITEST, "run", "--config", join(DRIVERS, "neonTesting/vitest.config.mjs"), "--reporter", "json"], {
      NEON_PROJECT_ID: id,
    }),
  ) as { testResults: { assertionResults: { title: string; status: string }[] }[] };
  const ended = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, status }) => [title.split(":")[0], status]),
  );
  expect(ended).toEqual(
    ["allowed", "a big result", "a wrong password", "cancelled", "refused by address"].map((title) => [title, "passed"]),
  );
  const { body } = await plane.api.call("GET", `/projects/${id}/branches`);
  expect((body as { branches: { name: string }[] }).branches.map(({ name }) => name)).toEqual(["main"]);
  expect((await sql(plane, owner, "SELECT n FROM parent")).rows).toEqual([{ n: 1 }]);
}, 150_000);
