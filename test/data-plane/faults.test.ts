import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { PlaneReady } from "@palisade/neon/contract/plane";
import { BranchOperations } from "@palisade/neon/contract/wire/branch";
import { Clusters } from "../../control-plane/computes/clusters.js";
import { locatePostgres } from "../../control-plane/computes/postgresInstallation.js";
import { type Api, apiOf, buildPlane, planeDirectory, sharedPlane } from "../support/plane.js";
import { until } from "../support/until.js";
import { branch, type Login, outcome, project, rows, sql } from "./clients.js";

/** What a user, an operator and the neighbours notice of a fault below a compute, and that it works again after the repair. */
const plane = sharedPlane({ computes: "postgres", proxyPort: 0 });
let neighbour: Login;
beforeAll(async () => {
  neighbour = (await project(plane)).owner;
  await sql(plane, neighbour, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
}, 60_000);

interface OperationRow {
  action: string;
  status: string;
  failures_count: number;
  error?: string;
}
const failedOperations = async (api: Api, projectId: string) =>
  ((await api.call("GET", `/projects/${projectId}/operations`)).body as { operations: OperationRow[] }).operations.filter(
    ({ status }) => status === "failed",
  );

/** A project with one row, asleep; `data` is the folder of its cluster. */
async function sleeping() {
  const { id, branchId, owner } = await project(plane);
  await sql(plane, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
  await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/suspend`);
  await plane.api.settled(id);
  return { id, branchId, owner, data: join(plane.directory, "clusters", branchId) };
}

const CONTROL = "global/pg_control";
const FAULTS: [string, RegExp, (data: string) => () => void][] = [
  [
    "a damaged control file",
    /pg_control|PANIC|FATAL/,
    (data) => {
      const whole = readFileSync(join(data, CONTROL));
      truncateSync(join(data, CONTROL), 100);
      return () => {
        writeFileSync(join(data, CONTROL), whole);
      };
    },
  ],
  [
    "a folder that Postgres may not enter",
    /[Pp]ermission denied/,
    (data) => {
      chmodSync(join(data, "global"), 0);
      return () => {
        chmodSync(join(data, "global"), 0o700);
      };
    },
  ],
  [
    "a Postgres that ends at its start",
    /syntax error|unrecognized configuration|contains errors/,
    (data) => {
      const file = join(data, "postgresql.auto.conf");
      const before = readFileSync(file);
      appendFileSync(file, "\nno_such_thing = 'x'\n= broken\n");
      return () => {
        writeFileSync(file, before);
      };
    },
  ],
];

describe.each(FAULTS)("%s", (_, words, damage) => {
  it("is said on the operation and in the log, without a secret; the others serve; it works after the repair", async () => {
    const { id, branchId, owner, data } = await sleeping();
    const repair = damage(data);
    await plane.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/start`);
    await plane.api.call("POST", `/projects/${id}/branches`, { branch: { name: "child", parent_id: branchId } });
    await plane.api.settled(id);
    const failed = await failedOperations(plane.api, id);
    expect(failed.map(({ action }) => action).sort()).toEqual(expect.arrayContaining(["start_compute"]));
    for (const { failures_count, error = "" } of failed) {
      expect(failures_count).toBe(3);
      expect(error).toMatch(words);
      expect(error).not.toContain(owner.password);
    }
    expect(plane.logged.filter(({ event, error }) => event === "operation-failed" && words.test(String(error)))).not.toEqual([]);
    expect(await outcome(plane, owner)).toMatch(/^Control plane request failed/);
    expect(await rows(plane, neighbour)).toEqual([1]);
    repair();
    expect(await rows(plane, owner)).toEqual([1]);
    expect(await rows(plane, (await branch(plane, id, owner, { name: "after" })).login)).toEqual([1]);
  }, 120_000);
});

it("a program that is missing is named, and found again when it is back", async () => {
  const directory = mkdtempSync(join(tmpdir(), "palisade-faults-"));
  chmodSync(directory, 0o711);
  const real = locatePostgres();
  const bin = join(directory, "bin");
  mkdirSync(bin, { mode: 0o755 });
  for (const name of ["initdb", "postgres"]) symlinkSync(join(real.bin, name), join(bin, name));
  const clusters = await Clusters.open(join(directory, "clusters"), { ...real, bin }, () => undefined);
  try {
    await clusters.create("br-a");
    rmSync(join(bin, "postgres"));
    await expect(clusters.start("br-a")).rejects.toThrow(/ended with 127 at its start: .*bin\/postgres/);
    symlinkSync(join(real.bin, "postgres"), join(bin, "postgres"));
    await clusters.start("br-a");
    expect(clusters.isRunning("br-a")).toBe(true);
  } finally {
    await clusters.close();
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);

describe("a branch that cannot be made", () => {
  it("keeps what it had when a reset fails", async () => {
    const { id, branchId, owner, data } = await sleeping();
    const child = await branch(plane, id, owner, { name: "child" });
    await sql(plane, child.login, "INSERT INTO t VALUES (2)");
    const whole = readFileSync(join(data, CONTROL));
    truncateSync(join(data, CONTROL), 100);
    await plane.api.ok(BranchOperations, "POST", `/projects/${id}/branches/${child.id}/restore`, { source_branch_id: branchId });
    await plane.api.settled(id);
    expect((await failedOperations(plane.api, id)).map(({ action }) => action)).toEqual(["create_branch"]);
    expect(await rows(plane, child.login)).toEqual([1, 2]);
    writeFileSync(join(data, CONTROL), whole);
  }, 120_000);
});

/** A file system of its own for one process, which root alone may have. */
const canMount = spawnSync("unshare", ["-m", "true"]).status === 0;
(canMount ? describe : describe.skip)("a full disk", () => {
  it("fails the branch that does not fit, leaves no piece of it, and holds up nobody once there is room", async () => {
    buildPlane();
    const dataDirectory = planeDirectory();
    const clusters = join(dataDirectory, "clusters");
    mkdirSync(clusters);
    const { child, ready } = await planeOnSmallDisk(dataDirectory, clusters);
    // The mount is the child's alone; through its root we see what it sees.
    const inside = join(`/proc/${String(child.pid)}/root`, clusters);
    const small = { ready, api: apiOf(ready.apiUrl, ready.apiKey, ready.orgId) };
    try {
      const { id, owner } = await project(small);
      await sql(small, owner, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
      await small.api.call("POST", `/projects/${id}/endpoints/${owner.endpointId}/suspend`);
      await small.api.settled(id);
      const ballast = join(inside, "ballast");
      fill(ballast);
      const { body } = await small.api.call("POST", `/projects/${id}/branches`, { branch: { name: "too-big" } });
      expect(body).toMatchObject({ branch: { name: "too-big" } });
      await small.api.settled(id);
      const [failed] = await failedOperations(small.api, id);
      expect(failed).toMatchObject({
        action: "create_branch",
        failures_count: 3,
        error: expect.stringMatching(/No space left on device|ENOSPC/) as unknown,
      });
      expect(readdirSync(join(inside, "unfinished"))).toEqual([]);
      expect(readdirSync(inside).filter((name) => name.startsWith("br-"))).toHaveLength(1);
      expect(await rows(small, owner)).toEqual([1]);
      rmSync(ballast);
      const after = await branch(small, id, owner, { name: "fits" });
      await sql(small, owner, "INSERT INTO t VALUES (2)");
      expect([await rows(small, owner), await rows(small, after.login)]).toEqual([[1, 2], [1]]);
    } finally {
      child.kill("SIGTERM");
      await until("the plane has ended", () => child.exitCode !== null || child.signalCode !== null);
    }
  }, 180_000);
});

const DISK_MIB = 320;
/** Leaves less than a cluster takes. */
const LEFT_MIB = 16;

function fill(file: string): void {
  const { bavail, bsize } = statfsSync(join(file, ".."));
  writeFileSync(file, Buffer.alloc(bavail * bsize - (LEFT_MIB << 20)));
}

async function planeOnSmallDisk(dataDirectory: string, clusters: string): Promise<{ child: ChildProcess; ready: PlaneReady }> {
  const options = {
    dataDirectory,
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    plan: "scale",
    hosts: "universal",
    rateLimits: "off",
    operationTimeMs: 5,
    computes: "postgres",
    testHooks: true,
  };
  const script = `mount -t tmpfs -o size=${DISK_MIB}m tmpfs "$1" && exec "$2" "$3" "$4"`;
  const entry = resolve(__dirname, "../../control-plane/dist/bin.js");
  const child = spawn("unshare", ["-m", "sh", "-c", script, "sh", clusters, process.execPath, entry, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), once(child, "exit")])) as unknown[];
  if (typeof line !== "string") throw new Error("the plane ended before it was ready");
  return { child, ready: JSON.parse(line) as PlaneReady };
}
