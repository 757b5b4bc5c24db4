import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import type { PlaneReady } from "../contract/plane.js";
import { call, type Made, settled, started, stopped } from "./planeProcess.js";
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
  const { child, ready } = await started(join(folder, "plane"), { seedFile });
  try {
    const one = await tenant(ready, ready.apiKey, ready.orgId);
    // An organisation's key knows its organisation.
    const other = await tenant(ready, OTHER_KEY, undefined);
    return { rows: [...(await underGuesses(ready, one, other)), ...(await underLoad(ready, one, other))] };
  } finally {
    await stopped(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A project with a compute that is awake. */
async function tenant(ready: PlaneReady, apiKey: string, orgId: string | undefined): Promise<Made> {
  const made = await call<Made>({ ...ready, apiKey }, "/projects", {
    project: { name: "tenant", ...(orgId !== undefined && { org_id: orgId }) },
  });
  await settled({ ...ready, apiKey }, made);
  await connectMs(ready, made);
  return made;
}

/** What one gets while the other guesses passwords. */
async function underGuesses(ready: PlaneReady, one: Made, other: Made): Promise<Row[]> {
  const program = ["/usr/lib/postgresql/18/bin/pgbench", "/usr/lib/postgresql/15/bin/pgbench", "/usr/bin/pgbench"].find(existsSync);
  if (program === undefined) return [{ name: "pgbench", value: "not on this machine" }];
  const bench = async (words: readonly string[]): Promise<number> => {
    const { stdout } = await promisify(execFile)(program, [...words, conninfo(ready, one)], {
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
    connects.push(...(await connectsOf(ready, one)));
    const guesser = await guessing(ready, other);
    guessed.push(await bench(select));
    connectsGuessed.push(...(await connectsOf(ready, one)));
    tries += await guesser.stop();
  }
  return [
    {
      name: `pgbench -S prepared of one, ${PGBENCH_CLIENTS} clients, under wrong passwords of the other`,
      value: `${ratio(guessed, alone)}x (${median(guessed).toFixed(0)} against ${median(alone).toFixed(0)} a second)`,
    },
    {
      name: "connect and select 1 of one, under wrong passwords of the other",
      value: `${ratio(connectsGuessed, connects)}x (${median(connectsGuessed).toFixed(1)} against ${median(connects).toFixed(1)} ms)`,
    },
    { name: "wrong passwords tried meanwhile", value: `${tries}, none admitted` },
  ];
}

/** What the other gets while one runs pgbench. */
async function underLoad(ready: PlaneReady, one: Made, other: Made): Promise<Row[]> {
  const program = ["/usr/lib/postgresql/18/bin/pgbench", "/usr/lib/postgresql/15/bin/pgbench", "/usr/bin/pgbench"].find(existsSync);
  if (program === undefined) return [];
  // The last of the wrong passwords must be forgotten: they would keep the other itself out.
  await pause(FORGOTTEN_MS);
  const [alone, loaded]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(...(await connectsOf(ready, other)));
    const load = spawn(program, ["-S", "-n", "-M", "prepared", "-c", String(PGBENCH_CLIENTS), "-T", "60", conninfo(ready, one)], {
      stdio: "ignore",
      env: { ...process.env, PGPASSWORD: one.roles[0]?.password },
    });
    loaded.push(...(await connectsOf(ready, other)));
    const ended = once(load, "exit");
    load.kill("SIGKILL");
    await ended;
  }
  return [
    {
      name: "connect and select 1 of the other, under pgbench of one",
      value: `${ratio(loaded, alone)}x (${median(loaded).toFixed(1)} against ${median(alone).toFixed(1)} ms)`,
    },
  ];
}

/** A guess is given back each second, and one is enough to be asked for the password. */
const FORGOTTEN_MS = 5_000;

const hostOf = ({ endpoints }: Made): string => `${endpoints[0]?.id ?? ""}.db.localhost`;

const conninfo = ({ proxyPort, rootCert }: PlaneReady, made: Made): string =>
  `host=${hostOf(made)} hostaddr=127.0.0.1 port=${proxyPort ?? 0} user=${made.roles[0]?.name ?? ""} dbname=${made.databases[0]?.name ?? ""} sslmode=verify-full sslrootcert=${rootCert ?? ""}`;

async function connectsOf(ready: PlaneReady, made: Made): Promise<number[]> {
  const times: number[] = [];
  for (let each = 0; each < CONNECTS; each++) times.push(await connectMs(ready, made));
  return times;
}

async function connectMs({ proxyPort, rootCert }: PlaneReady, made: Made): Promise<number> {
  const begun = performance.now();
  const client = new Client({
    ...{ host: "127.0.0.1", port: proxyPort ?? 0, database: made.databases[0]?.name },
    ...{ user: made.roles[0]?.name, password: made.roles[0]?.password },
    ssl: { ca: readFileSync(rootCert ?? "", "utf8"), servername: hostOf(made) },
  });
  await client.connect();
  await client.query("SELECT 1");
  const time = performance.now() - begun;
  await client.end();
  return time;
}

/** In a process of its own, until it is stopped; resolves to how often it was refused. An admitted guess fails the benchmark. */
async function guessing({ proxyPort, rootCert }: PlaneReady, made: Made): Promise<{ stop: () => Promise<number> }> {
  const to = {
    port: proxyPort,
    rootCert,
    host: hostOf(made),
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
const told = { refused: 0, admitted: 0 };
let isOver = false;
process.stdin.resume().on("end", () => (isOver = true));
const guess = async () => {
  while (!isOver) {
    const client = new Client({ host: "127.0.0.1", port: to.port, user: to.user, database: to.database, password: "wrong", ssl: { ca, servername: to.host } });
    client.on("error", () => undefined);
    await client.connect().then(() => told.admitted++, () => told.refused++);
    await client.end().catch(() => undefined);
  }
};
console.log("at work");
Promise.all(Array.from({ length: to.guessers }, guess)).then(() => {
  console.log(JSON.stringify(told));
  process.exit();
});
`;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const ratio = (loaded: readonly number[], alone: readonly number[]): string => (median(loaded) / median(alone)).toFixed(2);
