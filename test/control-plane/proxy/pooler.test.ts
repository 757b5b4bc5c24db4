import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaneLogLine } from "@palisade/neon/contract/plane";
import { formatUsers } from "../../../control-plane/pooler/configurationFiles.js";
import { Poolers } from "../../../control-plane/pooler/poolers.js";
import { locatePgbouncer } from "../../../control-plane/pooler/locatePgbouncer.js";

/** Where no pooler can run; test/data-plane/pooling.test.ts has those that do. */
let folder: string;
let said: PlaneLogLine[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-pool-"));
  said = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const program = (script: string): string => {
  const path = join(folder, "pgbouncer");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
};
const asked = (poolers: Poolers) => poolers.ensureSocket("ep-1", { socketDirectory: folder, port: 5432 }, "app", []);

it("without a pgbouncer every pooled connection is a session, which is said once", async () => {
  const poolers = new Poolers(
    (line) => said.push(line),
    () => undefined,
  );
  expect([await asked(poolers), await asked(poolers)]).toEqual([undefined, undefined]);
  expect(said).toEqual([{ level: "warn", event: "no-pooler", error: expect.stringContaining("sessions, not pooled") as string }]);
  await poolers.close();
});

it.each([
  ["ends at once", "echo no luck >&2; exit 3", "ended with 3 at its start: no luck"],
  ["is no program", undefined, "does not start"],
])("a pgbouncer that %s is said with its last words, leaves nothing, and the connection is a session", async (_, script, words) => {
  const path = script === undefined ? join(folder, "nothing") : program(script);
  const poolers = new Poolers(
    (line) => said.push(line),
    () => ({ path, preparesStatements: false }),
  );
  expect(await asked(poolers)).toBeUndefined();
  expect(said).toEqual([{ level: "error", event: "pooler-failed", endpointId: "ep-1", error: expect.stringContaining(words) as string }]);
  expect(poolers.has("ep-1")).toBe(false);
  await poolers.close();
  expect(readdirSync(folder).filter((name) => name.startsWith("pool."))).toEqual([]);
});

it("names of roles cannot add a role to the file, or end it", () => {
  const verifier = "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy";
  const names = ['a" "b', 'a"\n"mallory" "x', "zero\0byte", "last"];
  expect(formatUsers(names.map((name) => ({ name, verifier })))).toBe(
    `"a"" ""b" "${verifier}"\n"a""\n""mallory"" ""x" "${verifier}"\n"last" "${verifier}"\n`,
  );
});

it("is looked for on PATH, by absolute folders alone, and must be of a version that is known to work", () => {
  const before = process.env.PATH;
  const found = (version: string, path = folder) => {
    program(`echo "PgBouncer ${version}"`);
    process.env.PATH = path;
    return locatePgbouncer();
  };
  try {
    expect(found("1.18.0")).toEqual({ path: join(folder, "pgbouncer"), preparesStatements: false });
    expect(found("1.21.0")).toEqual({ path: join(folder, "pgbouncer"), preparesStatements: true });
    for (const refused of [found("1.17.0"), found("2.0.0"), found("nonsense"), found("1.21.0", ".")])
      expect(refused?.path).not.toBe(join(folder, "pgbouncer"));
  } finally {
    process.env.PATH = before;
  }
});
