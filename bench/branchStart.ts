import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { locatePostgres, type PostgresBinaries } from "@palisade/control-plane/dist/computes/postgresInstallation.js";
import { readTotalPss, readWorkingFolder, stopProcess } from "./processes.js";
import { computeMedian } from "./median.js";
import type { Row } from "./row.js";

export const title = "Branches of the embedded control plane: time and memory, against Postgres by hand";

/** Creates a table of about 112 MB, as pgbench does at scale 7. */
const BIG = "CREATE TABLE big AS SELECT g AS id, repeat(md5(g::text), 2) AS filler FROM generate_series(1, 1100000) g";
const BRANCHES = 3;
const CONNECTS = 7;
const IDLE_BRANCHES = 20;
const DEADLINE_MS = 60_000;

export async function run(): Promise<{ rows: Row[] }> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  chmodSync(folder, 0o711);
  const plane = await startPlane(join(folder, "plane"));
  try {
    return {
      rows: [
        ...(await measureBranching(plane, folder)),
        ...(await measureColdConnects(plane, folder, "keyed")),
        ...(await measureSealedConnects(folder)),
        ...(await measureMemory(plane)),
      ],
    };
  } finally {
    await stopProcess(plane.child, "SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureBranching(plane: PlaneProcess, folder: string): Promise<Row[]> {
  const made = await createProject(plane);
  await queryThroughProxy(plane, made, BIG);
  const { rows } = await queryThroughProxy(plane, made, "SELECT round(pg_total_relation_size('big') / 1e6) AS megabytes");
  const size = `${String(rows[0]?.["megabytes"])} MB`;

  const online: number[] = [];
  for (let each = 0; each < BRANCHES; each++) online.push(await measureBranch(plane, made));
  await suspend(plane, made);
  const [idle, byHand]: number[][] = [[], []];
  for (let each = 0; each < BRANCHES; each++) {
    idle?.push(await measureBranch(plane, made));
    byHand?.push(await measureCopy(plane, made, folder));
  }
  const [copied, backup] = [computeMedian(byHand ?? []), await measureBackup(plane, folder)];
  return [
    { name: `cp -a of a stopped cluster with ${size}, and its start to the first answer`, value: formatMs(copied) },
    { name: `branch of a suspended compute, ${size}, to the first answer`, value: formatRatio(computeMedian(idle ?? []), copied) },
    backup === undefined
      ? { name: "pg_basebackup", value: "not measured: no pg_basebackup and no server of its version here" }
      : { name: `${backup.name} of the same table, online, and its start to the first answer`, value: formatMs(backup.time) },
    {
      name: `branch of a running compute, ${size}, to the first answer`,
      value: formatRatio(computeMedian(online), backup?.time ?? copied),
    },
  ];
}

/** The same where everything is sealed; `palisade dev --seal keyed` is the default as long as this is beyond 2.5x. */
async function measureSealedConnects(folder: string): Promise<Row[]> {
  const plane = await startPlane(join(folder, "sealed"), "all");
  try {
    return [...(await measureColdConnects(plane, folder, "all")), await measureSealedBranch(plane)];
  } finally {
    await stopProcess(plane.child, "SIGTERM");
  }
}

/** Its first start is not in it: a branch of what is sealed is a second name of the sealed object until then. */
async function measureSealedBranch(plane: PlaneProcess): Promise<Row> {
  const measure = async (parent: BranchWithCompute): Promise<number> => {
    await suspend(plane, parent);
    const times: number[] = [];
    for (let each = 0; each < BRANCHES; each++) {
      const started = performance.now();
      await createBranch(plane, parent);
      times.push(performance.now() - started);
    }
    return computeMedian(times);
  };
  const [small, large] = [await createProject(plane), await createProject(plane)];
  await queryThroughProxy(plane, small, "SELECT 1");
  await queryThroughProxy(plane, large, BIG);
  const name = "branch of a sealed parent with the same table, made and not started, against one of an empty parent";
  const base = await measure(small);
  return { name, value: formatRatio(await measure(large), base), goal: "1x: its size does not matter" };
}

async function measureColdConnects(plane: PlaneProcess, folder: string, seal: SealMode): Promise<Row[]> {
  const made = await createProject(plane);
  const data = join(folder, `bare-${seal}`);
  // Before its first start: until then it is kept as plain files, whatever is sealed.
  execFileSync("cp", ["-a", getClusterFolder(plane, made), data]);
  await queryThroughProxy(plane, made, "SELECT 1");
  await suspend(plane, made);
  const [cold, bare]: number[][] = [[], []];
  for (let each = 0; each < CONNECTS; each++) {
    const started = performance.now();
    await queryThroughProxy(plane, made, "SELECT 1");
    cold?.push(performance.now() - started);
    await suspend(plane, made);
    bare?.push(await measureStart(plane.postgres, data, getAccessSettings(plane)));
  }
  const base = computeMedian(bare ?? []);
  if (seal === "all")
    return [{ name: "cold connect of a sealed branch to the first answer", value: formatRatio(computeMedian(cold ?? []), base) }];
  return [
    { name: "Postgres alone, start to the first answer", value: formatMs(base) },
    { name: "cold connect through the proxy to the first answer", value: formatRatio(computeMedian(cold ?? []), base), goal: "<= 2x" },
  ];
}

/** Proportional set size: memory that several processes share is counted once. */
async function measureMemory(plane: PlaneProcess): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  const made = await createProject(plane);
  const branches: BranchWithCompute[] = [];
  for (let each = 0; each < IDLE_BRANCHES; each++) branches.push(await createBranch(plane, made));
  for (const each of [made, ...branches]) await suspend(plane, each);
  await waitForPostgresExit(plane, 0);
  const asleep = readTotalPss([plane.child.pid ?? 0]);
  for (const each of branches) await queryThroughProxy(plane, each, "SELECT 1");
  const running = readTotalPss([plane.child.pid ?? 0, ...listPostgresProcesses(plane)]);
  return [
    { name: `memory (PSS), ${IDLE_BRANCHES} branches suspended`, value: `${asleep.toFixed(0)} MiB` },
    {
      name: `memory (PSS), ${IDLE_BRANCHES} branches running`,
      value: `${running.toFixed(0)} MiB, ${((running - asleep) / IDLE_BRANCHES).toFixed(1)} MiB a branch`,
    },
  ];
}

interface PlaneProcess {
  child: ChildProcess;
  directory: string;
  apiUrl: string;
  apiKey: string;
  orgId: string;
  proxyPort: number;
  ca: string;
  postgres: PostgresBinaries;
}

const CONTROL_PLANE = resolve(__dirname, "../../control-plane/dist");

type SealMode = "keyed" | "all";

async function startPlane(directory: string, seal: SealMode = "keyed"): Promise<PlaneProcess> {
  const options = {
    dataDirectory: directory,
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    plan: "scale",
    hosts: "universal",
    rateLimits: "off",
    operationTimeMs: 0,
    computes: "postgres",
    seal,
  };
  const child = spawn(process.execPath, [join(CONTROL_PLANE, "bin.js"), JSON.stringify(options)], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), once(child, "exit")])) as unknown[];
  if (typeof line !== "string") throw new Error("the plane did not start; `npm run build` comes first");
  const ready = JSON.parse(line) as Pick<PlaneProcess, "apiUrl" | "apiKey" | "orgId" | "proxyPort"> & { rootCert: string };
  return {
    ...ready,
    child,
    directory,
    postgres: locatePostgres(),
    ca: readFileSync(ready.rootCert, "utf8"),
  };
}

type PostgresPrograms = Pick<PostgresBinaries, "bin" | "runAs">;

/** A branch with a compute, and its owner. */
interface BranchWithCompute {
  projectId: string;
  branchId: string;
  endpointId: string;
  user: string;
  password: string;
}

interface CreateResponse {
  project?: { id: string };
  branch: { id: string };
  endpoints: { id: string }[];
  roles: { name: string; password: string }[];
}

async function call<R>({ apiUrl, apiKey }: PlaneProcess, method: string, path: string, body?: unknown): Promise<R> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const answered = await fetch(apiUrl + path, { method, headers, body: JSON.stringify(body ?? {}) });
  if (!answered.ok) throw new Error(`${method} ${path}: ${answered.status} ${await answered.text()}`);
  return (await answered.json()) as R;
}

async function createProject(plane: PlaneProcess): Promise<BranchWithCompute> {
  const made = await call<CreateResponse>(plane, "POST", "/projects", { project: { org_id: plane.orgId } });
  const projectId = made.project?.id ?? "";
  const [endpoint, role] = [made.endpoints[0], made.roles[0]];
  await waitForOperations(plane, projectId);
  return { projectId, branchId: made.branch.id, endpointId: endpoint?.id ?? "", user: role?.name ?? "", password: role?.password ?? "" };
}

async function createBranch(plane: PlaneProcess, parent: BranchWithCompute): Promise<BranchWithCompute> {
  const body = { branch: { parent_id: parent.branchId }, endpoints: [{ type: "read_write" }] };
  const made = await call<CreateResponse>(plane, "POST", `/projects/${parent.projectId}/branches`, body);
  await waitForOperations(plane, parent.projectId);
  return { ...parent, branchId: made.branch.id, endpointId: made.endpoints[0]?.id ?? "" };
}

async function waitForOperations(plane: PlaneProcess, projectId: string): Promise<void> {
  for (const deadline = performance.now() + DEADLINE_MS; ;) {
    const headers = { authorization: `Bearer ${plane.apiKey}` };
    const answered = await fetch(`${plane.apiUrl}/projects/${projectId}/operations?limit=20`, { headers });
    const { operations } = (await answered.json()) as { operations: { status: string; error?: string }[] };
    const failed = operations.find(({ status }) => status === "failed");
    if (failed) throw new Error(`an operation failed: ${failed.error ?? ""}`);
    if (operations.every(({ status }) => status === "finished")) return;
    if (performance.now() > deadline) throw new Error("the operations did not end in time");
    await pause(5);
  }
}

async function suspend(plane: PlaneProcess, { projectId, endpointId }: BranchWithCompute): Promise<void> {
  await call(plane, "POST", `/projects/${projectId}/endpoints/${endpointId}/suspend`);
  await waitForOperations(plane, projectId);
}

/** Through the proxy, verify-full. */
async function queryThroughProxy(plane: PlaneProcess, { endpointId, user, password }: BranchWithCompute, sql: string) {
  const ssl = { ca: plane.ca, servername: `${endpointId}.db.localhost` };
  return query({ host: "127.0.0.1", port: plane.proxyPort, user, password, database: "neondb", ssl }, sql);
}

async function query(way: ConstructorParameters<typeof Client>[0], sql: string) {
  const client = new Client(way);
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}

async function measureBranch(plane: PlaneProcess, parent: BranchWithCompute): Promise<number> {
  const started = performance.now();
  const made = await createBranch(plane, parent);
  await queryThroughProxy(plane, made, "SELECT count(*) FROM (SELECT FROM big LIMIT 1) AS one");
  const time = performance.now() - started;
  await suspend(plane, made);
  return time;
}

async function measureCopy(plane: PlaneProcess, made: BranchWithCompute, folder: string): Promise<number> {
  const data = join(folder, "copy");
  const started = performance.now();
  execFileSync("cp", ["-a", getClusterFolder(plane, made), data]);
  const copied = performance.now() - started;
  const time = copied + (await measureStart(plane.postgres, data, getAccessSettings(plane)));
  rmSync(data, { recursive: true });
  return time;
}

/** Of the system's own server, because its client refuses a newer one. */
async function measureBackup({ postgres: { runAs } }: PlaneProcess, folder: string): Promise<{ name: string; time: number } | undefined> {
  const debian = "/usr/lib/postgresql";
  const version = existsSync(debian) ? readdirSync(debian).find((each) => existsSync(join(debian, each, "bin/pg_basebackup"))) : undefined;
  if (version === undefined) return undefined;
  const postgres = { bin: join(debian, version, "bin"), runAs };
  const [data, copy, key] = [join(folder, "system"), join(folder, "backup"), join(folder, "system.key")];
  writeFileSync(key, PASSWORD);
  if (runAs) chownSync(key, runAs.uid, runAs.gid);
  createOwnedFolder(postgres, data);
  const as = { ...runAs, cwd: data, stdio: "ignore" as const };
  const words = ["-D", data, "-U", SUPERUSER, "--auth=scram-sha-256", `--pwfile=${key}`, "--no-sync", "--locale=C", "-E", "UTF8"];
  execFileSync(join(postgres.bin, "initdb"), words, as);
  const server = startPostgres(postgres, data);
  const times: number[] = [];
  try {
    await waitForAnswer(data, PASSWORD, "SELECT 1");
    await waitForAnswer(data, PASSWORD, BIG);
    for (let each = 0; each < BRANCHES; each++) {
      createOwnedFolder(postgres, copy);
      const started = performance.now();
      const arguments_ = [
        "-D",
        copy,
        "-h",
        getSocketFolder(data),
        "-p",
        String(PORT),
        "-U",
        SUPERUSER,
        "--checkpoint=fast",
        "--wal-method=stream",
        "--no-sync",
      ];
      execFileSync(join(postgres.bin, "pg_basebackup"), arguments_, { ...as, env: { ...process.env, PGPASSWORD: PASSWORD } });
      times.push(performance.now() - started + (await measureStart(postgres, copy, [], PASSWORD)));
      rmSync(copy, { recursive: true });
    }
  } finally {
    await stopProcess(server, "SIGINT");
  }
  return { name: `pg_basebackup ${version}`, time: computeMedian(times) };
}

const [SUPERUSER, PASSWORD, PORT] = ["cloud_admin", "bench", 5_432];

/** From spawn to the first answer over the Unix socket, with the settings that the plane gives. */
async function measureStart(postgres: PostgresPrograms, data: string, access: readonly string[], password = ""): Promise<number> {
  const started = performance.now();
  const server = startPostgres(postgres, data, access);
  try {
    await waitForAnswer(data, password, "SELECT 1");
    return performance.now() - started;
  } finally {
    await stopProcess(server, "SIGINT");
  }
}

function startPostgres(postgres: PostgresPrograms, data: string, access: readonly string[] = []): ChildProcess {
  const { bin, runAs } = postgres;
  if (!existsSync(getSocketFolder(data))) createOwnedFolder(postgres, getSocketFolder(data));
  const settings = [
    "listen_addresses=",
    `unix_socket_directories=${getSocketFolder(data)}`,
    "shared_buffers=16MB",
    "jit=off",
    "max_wal_senders=4",
    ...access,
  ];
  const words = ["-D", data, "-p", String(PORT), ...settings.flatMap((setting) => ["-c", setting])];
  return spawn(join(bin, "postgres"), words, { ...runAs, cwd: data, stdio: "ignore" });
}

async function waitForAnswer(data: string, password: string, sql: string): Promise<void> {
  for (const deadline = performance.now() + DEADLINE_MS; ;) {
    try {
      await query({ host: getSocketFolder(data), port: PORT, user: SUPERUSER, password, database: "postgres" }, sql);
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(1);
    }
  }
}

/** Beside the data, or a backup would take the sockets along. */
const getSocketFolder = (data: string): string => `${data}.s`;

function createOwnedFolder({ runAs }: PostgresPrograms, path: string): void {
  mkdirSync(path, { mode: 0o700 });
  if (runAs) chownSync(path, runAs.uid, runAs.gid);
}

/** The login rules of a cluster are kept beside the clusters (control-plane/computes/hostAuthentication.ts). */
const getAccessSettings = ({ directory }: PlaneProcess): string[] =>
  ["hba", "ident"].map((name) => `${name}_file=${join(directory, "access", `pg_${name}.conf`)}`);

const getClusterFolder = ({ directory }: PlaneProcess, { branchId }: BranchWithCompute): string => join(directory, "clusters", branchId);

/** All processes of all computes: they work in the folder of their data. */
const listPostgresProcesses = ({ directory }: PlaneProcess): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && readWorkingFolder(pid).startsWith(`${directory}/`));

async function waitForPostgresExit(plane: PlaneProcess, count: number): Promise<void> {
  for (const deadline = performance.now() + DEADLINE_MS; listPostgresProcesses(plane).length > count;) {
    if (performance.now() > deadline) throw new Error("the computes were not suspended in time");
    await pause(20);
  }
}

const formatMs = (time: number): string => `${time.toFixed(0)} ms`;
const formatRatio = (time: number, base: number): string => `${formatMs(time)}, ${(time / base).toFixed(2)}x`;
