import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type { PlaneReady } from "../contract/plane.js";
import { call, connectTo, getHost, type ProjectResponse, waitForOperations, startPlaneProcess, stopPlaneProcess } from "./planeProcess.js";
import { computeMedian } from "./median.js";
import type { Row } from "./row.js";

export const title = "Tenants of two organisations at once: pgbench of one, wrong passwords of the other";

const ROUNDS = 3;
const PGBENCH_CLIENTS = 4;
const PGBENCH_SECONDS = 4;
const CONNECTS = 15;
/** Logins that the other tries at the same time, again and again. */
const GUESSERS = 8;
const OTHER_KEY = "napi_other";

/** Each figure without and with what the other does, in turn, so that a slow moment of the machine hits both. */
export async function run(): Promise<{ rows: Row[] }> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  chmodSync(folder, 0o755);
  const seedFile = join(folder, "seed.yaml");
  const key = { kind: "organisation", name: "other", organisation: "Other", key: OTHER_KEY };
  writeFileSync(seedFile, JSON.stringify({ organisations: [{ name: "Other" }], keys: [key] }));
  const { child, ready } = await startPlaneProcess(join(folder, "plane"), { seedFile });
  try {
    const one = await createTenant(ready, ready.apiKey, ready.orgId);
    // An organisation's key knows its organisation.
    const other = await createTenant(ready, OTHER_KEY, undefined);
    return { rows: [...(await measureUnderGuesses(ready, one, other)), ...(await measureUnderLoad(ready, one, other))] };
  } finally {
    await stopPlaneProcess(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A project with a compute that is awake. */
async function createTenant(ready: PlaneReady, apiKey: string, orgId: string | undefined): Promise<ProjectResponse> {
  const made = await call<ProjectResponse>({ ...ready, apiKey }, "/projects", {
    project: { name: "tenant", ...(orgId !== undefined && { org_id: orgId }) },
  });
  await waitForOperations({ ...ready, apiKey }, made);
  await measureConnect(ready, made);
  return made;
}

/** What one gets while the other guesses passwords. */
async function measureUnderGuesses(ready: PlaneReady, one: ProjectResponse, other: ProjectResponse): Promise<Row[]> {
  const program = ["/usr/lib/postgresql/18/bin/pgbench", "/usr/lib/postgresql/15/bin/pgbench", "/usr/bin/pgbench"].find(existsSync);
  if (program === undefined) return [{ name: "pgbench", value: "not on this machine" }];
  const bench = async (words: readonly string[]): Promise<number> => {
    const { stdout } = await promisify(execFile)(program, [...words, buildConninfo(ready, one)], {
      env: { ...process.env, PGPASSWORD: one.roles[0]?.password },
    });
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1] ?? NaN);
  };
  await bench(["-i", "-q", "-s", "2"]);
  const select = ["-S", "-n", "-M", "prepared", "-c", String(PGBENCH_CLIENTS), "-T", String(PGBENCH_SECONDS)];
  const [alone, guessed, connects, connectsGuessed]: [number[], number[], number[], number[]] = [[], [], [], []];
  let tries = 0;
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(await bench(select));
    connects.push(...(await measureConnects(ready, one)));
    const guesser = await startGuessing(ready, other);
    guessed.push(await bench(select));
    connectsGuessed.push(...(await measureConnects(ready, one)));
    tries += await guesser.stop();
  }
  return [
    {
      name: `pgbench -S prepared of one, ${PGBENCH_CLIENTS} clients, under wrong passwords of the other`,
      value: `${formatRatio(guessed, alone)}x (${computeMedian(guessed).toFixed(0)} against ${computeMedian(alone).toFixed(0)} a second)`,
    },
    {
      name: "connect and select 1 of one, under wrong passwords of the other",
      value: `${formatRatio(connectsGuessed, connects)}x (${computeMedian(connectsGuessed).toFixed(1)} against ${computeMedian(connects).toFixed(1)} ms)`,
    },
    { name: "wrong passwords tried meanwhile", value: `${tries}, none admitted` },
  ];
}

/** What the other gets while one runs pgbench. */
async function measureUnderLoad(ready: PlaneReady, one: ProjectResponse, other: ProjectResponse): Promise<Row[]> {
  const program = ["/usr/lib/postgresql/18/bin/pgbench", "/usr/lib/postgresql/15/bin/pgbench", "/usr/bin/pgbench"].find(existsSync);
  if (program === undefined) return [];
  // The wrong passwords must have expired: their limit would also refuse the other tenant itself.
  await pause(RECOVERY_MS);
  const [alone, loaded]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(...(await measureConnects(ready, other)));
    const load = spawn(program, ["-S", "-n", "-M", "prepared", "-c", String(PGBENCH_CLIENTS), "-T", "60", buildConninfo(ready, one)], {
      stdio: "ignore",
      env: { ...process.env, PGPASSWORD: one.roles[0]?.password },
    });
    loaded.push(...(await measureConnects(ready, other)));
    const ended = once(load, "exit");
    load.kill("SIGKILL");
    await ended;
  }
  return [
    {
      name: "connect and select 1 of the other, under pgbench of one",
      value: `${formatRatio(loaded, alone)}x (${computeMedian(loaded).toFixed(1)} against ${computeMedian(alone).toFixed(1)} ms)`,
    },
  ];
}

/** One attempt is restored each second, and one is enough to be asked for the password. */
const RECOVERY_MS = 5_000;

const buildConninfo = ({ proxyPort, rootCert }: PlaneReady, made: ProjectResponse): string =>
  `host=${getHost(made)} hostaddr=127.0.0.1 port=${proxyPort ?? 0} user=${made.roles[0]?.name ?? ""} dbname=${made.databases[0]?.name ?? ""} sslmode=verify-full sslrootcert=${rootCert ?? ""}`;

async function measureConnects(ready: PlaneReady, made: ProjectResponse): Promise<number[]> {
  const times: number[] = [];
  for (let each = 0; each < CONNECTS; each++) times.push(await measureConnect(ready, made));
  return times;
}

async function measureConnect(ready: PlaneReady, made: ProjectResponse): Promise<number> {
  const begun = performance.now();
  const client = await connectTo(ready, made);
  const time = performance.now() - begun;
  await client.end();
  return time;
}

/** In a process of its own, until it is stopped; resolves to how often it was refused. An admitted guess fails the benchmark. */
async function startGuessing({ proxyPort, rootCert }: PlaneReady, made: ProjectResponse): Promise<{ stop: () => Promise<number> }> {
  const to = {
    port: proxyPort,
    rootCert,
    host: getHost(made),
    user: made.roles[0]?.name,
    database: made.databases[0]?.name,
    guessers: GUESSERS,
  };
  const child: ChildProcess = spawn(process.execPath, ["-e", GUESS, JSON.stringify(to)], {
    cwd: __dirname,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout as NodeJS.ReadableStream);
  await once(lines, "line");
  return {
    stop: async () => {
      const last = once(lines, "line") as Promise<[string]>;
      child.stdin?.end();
      const { refused, admitted } = JSON.parse((await last)[0]) as { refused: number; admitted: number };
      if (admitted > 0) throw new Error(`${admitted} wrong passwords were admitted`);
      return refused;
    },
  };
}

const GUESS = `
const to = JSON.parse(process.argv[1]);
const { Client } = require("pg");
const ca = require("node:fs").readFileSync(to.rootCert, "utf8");
const counts = { refused: 0, admitted: 0 };
let isOver = false;
process.stdin.resume().on("end", () => (isOver = true));
const guess = async () => {
  while (!isOver) {
    const client = new Client({ host: "127.0.0.1", port: to.port, user: to.user, database: to.database, password: "wrong", ssl: { ca, servername: to.host } });
    client.on("error", () => undefined);
    await client.connect().then(() => counts.admitted++, () => counts.refused++);
    await client.end().catch(() => undefined);
  }
};
console.log("started");
Promise.all(Array.from({ length: to.guessers }, guess)).then(() => {
  console.log(JSON.stringify(counts));
  process.exit();
});
`;

const formatRatio = (loaded: readonly number[], alone: readonly number[]): string =>
  (computeMedian(loaded) / computeMedian(alone)).toFixed(2);
