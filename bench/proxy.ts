import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import type { Row } from "./row.js";

export const title = "The TLS proxy against TLS of Postgres itself, and against pgbouncer with TLS: one Postgres, all ways in";

const CONNECTS = 80;
/** What one connection leaves to be done, as the proxy's next spare one, is not to fall into the time of the next. */
const SETTLED_MS = 40;
const ROUND_TRIPS = 3_000;
const BIG_ROWS = 60;
const PGBENCH_CLIENTS = [1, 4, 16];
const PGBENCH_SECONDS = 2;
const PGBENCH_ROUNDS = 3;

/** The proxy runs in a process of its own, as in the plane; all ways are measured in turn, so that a slow moment of the machine hits each. */
export async function run(): Promise<{ rows: Row[] }> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  chmodSync(folder, 0o755);
  const children: ChildProcess[] = [];
  try {
    const site = await build(folder, children);
    return { rows: [...(await connects(site)), ...(await roundTrips(site)), ...(await bigResult(site)), ...(await pgbench(site))] };
  } finally {
    for (const child of children) await ended(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * One Postgres by three ways in, or four: TLS of Postgres itself, the proxy, a relay of Node that ends TLS and knows no rule (what any proxy in
 * Node costs at least), and pgbouncer with TLS and a session for each client, where it is installed.
 */
interface Site {
  direct: number;
  proxy: number;
  bare: number;
  pgbouncer: number | undefined;
  rootCertPath: string;
  ca: string;
}

type Way = "direct" | "proxy" | "bare" | "pgbouncer";
const waysOf = ({ pgbouncer }: Site): readonly Way[] => [
  "direct",
  "proxy",
  "bare",
  ...(pgbouncer === undefined ? [] : ["pgbouncer" as const]),
];

const HOST = "ep-bench.db.localhost";
const [USER, PASSWORD] = ["bench", "npg_a8Kd03LxQz7M"];

async function connects(site: Site): Promise<Row[]> {
  const times = await inTurn(site, CONNECTS, async (way) => {
    await pause(SETTLED_MS);
    const started = performance.now();
    const client = await connected(site, way);
    await client.query("select 1");
    const time = performance.now() - started;
    await client.end();
    return time;
  });
  return [compared("connect and select 1, median", times, "ms", "<= 1.1x, <= 1.2x of pgbouncer")];
}

async function roundTrips(site: Site): Promise<Row[]> {
  const clients = new Map<Way, Client>();
  for (const way of waysOf(site)) clients.set(way, await connected(site, way));
  const times = await inTurn(site, ROUND_TRIPS, async (way) => {
    const started = performance.now();
    await clients.get(way)?.query("select 1");
    return performance.now() - started;
  });
  for (const client of clients.values()) await client.end();
  return [compared("select 1 on an open connection, median", times, "ms")];
}

async function bigResult(site: Site): Promise<Row[]> {
  const times = await inTurn(site, 5, async (way) => {
    const client = await connected(site, way);
    const started = performance.now();
    await client.query(`select repeat('x', 1000000) from generate_series(1, ${BIG_ROWS})`);
    const time = performance.now() - started;
    await client.end();
    return time;
  });
  return [compared(`a result of ${BIG_ROWS} MB, median`, times, "ms")];
}

/** With the pgbench of this machine, when it has one. */
async function pgbench(site: Site): Promise<Row[]> {
  const program = ["/usr/lib/postgresql/18/bin/pgbench", "/usr/lib/postgresql/15/bin/pgbench"].find(existsSync);
  if (program === undefined) return [{ name: "pgbench", value: "not on this machine" }];
  const bench = async (way: Way, words: string[]) => {
    const target = `host=${HOST} hostaddr=127.0.0.1 port=${site[way] ?? 0} user=${USER} dbname=postgres sslmode=verify-full sslrootcert=${site.rootCertPath}`;
    const { stdout } = await promisify(execFile)(program, [...words, target], { env: { ...process.env, PGPASSWORD: PASSWORD } });
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1] ?? NaN);
  };
  await bench("direct", ["-i", "-q", "-s", "2"]);
  const rows: Row[] = [];
  for (const clients of PGBENCH_CLIENTS) {
    const words = ["-S", "-n", "-M", "prepared", "-c", String(clients), "-T", String(PGBENCH_SECONDS)];
    const rates = await inTurn(site, PGBENCH_ROUNDS, (way) => bench(way, words));
    const rate = (way: Way) => rates[way] ?? NaN;
    const against = (way: Way) => `${(rate("proxy") / rate(way)).toFixed(2)}x ${NAMES[way]}(${Math.round(rate(way))})`;
    const value = waysOf(site)
      .filter((way) => way !== "proxy")
      .map(against);
    const goal = `>= ${clients < 16 ? "1.0" : "0.9"}x of pgbouncer`;
    rows.push({
      name: `pgbench -S prepared, ${clients} clients`,
      value: `${Math.round(rate("proxy"))} a second: ${value.join(", ")}`,
      goal,
    });
  }
  return rows;
}

async function connected(site: Site, way: Way): Promise<Client> {
  const ssl = { ca: site.ca, servername: HOST };
  const client = new Client({ host: "127.0.0.1", port: site[way] ?? 0, user: USER, password: PASSWORD, database: "postgres", ssl });
  await client.connect();
  return client;
}

type Medians = Partial<Record<Way, number>>;

async function inTurn(site: Site, times: number, measure: (way: Way) => Promise<number>): Promise<Medians> {
  const ways = waysOf(site);
  const samples = new Map(ways.map((way) => [way, [] as number[]]));
  for (let round = 0; round < times; round++) for (const way of ways) samples.get(way)?.push(await measure(way));
  return Object.fromEntries([...samples].map(([way, values]) => [way, median(values)]));
}

function compared(name: string, times: Medians, unit: string, goal?: string): Row {
  const { proxy = NaN, ...others } = times;
  const against = (Object.entries(others) as [Way, number][]).map(
    ([way, time]) => `${(proxy / time).toFixed(2)}x ${NAMES[way]}(${time.toFixed(2)})`,
  );
  return { name, value: `${proxy.toFixed(2)} ${unit}: ${against.join(", ")}`, ...(goal !== undefined && { goal }) };
}

/** As a figure names what it is a ratio to. */
const NAMES: Readonly<Record<Way, string>> = { direct: "", proxy: "", bare: "of a bare relay ", pgbouncer: "of pgbouncer " };

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The parts of the built control plane that are measured; their types live in the other package. */
const CONTROL_PLANE = resolve(__dirname, "../../control-plane/dist");
interface Parts {
  ensurePki: (
    directory: string,
    now: Date,
  ) => Promise<{ rootCertPath: string; authority: { cert: string }; server: { cert: string; key: string } }>;
  locatePostgres: () => { bin: string; runAs: { uid: number; gid: number } | undefined };
  locatePgbouncer: () => { path: string } | undefined;
}

async function build(folder: string, children: ChildProcess[]): Promise<Site> {
  const { ensurePki } = (await import(join(CONTROL_PLANE, "pki/index.js"))) as Parts;
  const { locatePostgres } = (await import(join(CONTROL_PLANE, "computes/postgres.js"))) as Parts;
  const { rootCertPath, authority, server } = await ensurePki(join(folder, "pki"), new Date());
  const ca = join(folder, "root.crt");
  writeFileSync(ca, authority.cert);
  const { bin, runAs } = locatePostgres();
  const data = join(folder, "data");
  const own = (path: string) => {
    if (runAs) chownSync(path, runAs.uid, runAs.gid);
  };
  mkdirSync(data, { mode: 0o700 });
  own(data);
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, PASSWORD);
  const as = { ...(runAs && { uid: runAs.uid, gid: runAs.gid }), cwd: data, stdio: "ignore" as const };
  const words = ["-D", data, "-U", USER, "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--no-sync", "--locale=C", "-E", "UTF8"];
  execFileSync(join(bin, "initdb"), words, as);
  for (const [name, text] of Object.entries({ "server.crt": server.cert, "server.key": server.key })) {
    writeFileSync(join(data, name), text, { mode: 0o600 });
    own(join(data, name));
  }
  const direct = await freePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    "ssl=on",
    `unix_socket_directories=${data}`,
    "shared_buffers=16MB",
    "jit=off",
    "fsync=off",
  ];
  children.push(spawn(join(bin, "postgres"), ["-D", data, "-p", String(direct), ...settings.flatMap((setting) => ["-c", setting])], as));
  const site: Site = { direct, proxy: 0, bare: 0, pgbouncer: undefined, rootCertPath: ca, ca: authority.cert };
  const verifier = await verifierWhenReady(site);
  const { locatePgbouncer } = (await import(join(CONTROL_PLANE, "pooler/program.js"))) as Parts;
  const program = locatePgbouncer();
  if (program) {
    site.pgbouncer = await freePort();
    const configuration = join(data, "pgbouncer.ini");
    const users = join(data, "users.txt");
    for (const [file, text] of [
      [users, `"${USER}" "${verifier}"\n`],
      [configuration, pgbouncerSettings(data, direct, site.pgbouncer, users)],
    ] as const) {
      writeFileSync(file, text, { mode: 0o600 });
      own(file);
    }
    children.push(spawn(program.path, ["-q", configuration], as));
    await whenReady(() => connected(site, "pgbouncer").then((client) => client.end()));
  }

  const door = { socketPath: join(data, `.s.PGSQL.${direct}`), verifier, pki: rootCertPath.replace(/root\.crt$/, "server") };
  const portOf = async (program: string): Promise<number> => {
    const child = spawn(process.execPath, ["-e", program, CONTROL_PLANE, JSON.stringify(door)], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(child);
    const [port] = (await once(createInterface(child.stdout), "line")) as [string];
    return Number(port);
  };
  return { ...site, proxy: await portOf(PROXY), bare: await portOf(BARE_RELAY) };
}

/** A proxy over one compute that is always awake. */
const PROXY = `
const [, base, door] = process.argv.map((word, at) => (at === 2 ? JSON.parse(word) : word));
const { readFileSync } = require("node:fs");
const { startProxy } = require(base + "/proxy/index.js");
const { listenForClients } = require(base + "/listen/clients.js");
const { projectRules, rulesOf } = require(base + "/proxy/rules.js");
const { parseVerifier } = require(base + "/passwords/scram.js");
const facts = { ips: ["127.0.0.0/8"], protectedBranchesOnly: false, blockPublicConnections: false, blockVpcConnections: false, vpcRestrictions: [], assignedVpcEndpoints: [] };
const rules = rulesOf(projectRules("project", facts), { id: "br-bench", protected: true }, { id: "ep-bench", branchId: "br-bench", disabled: false });
const verifier = parseVerifier(door.verifier);
const backend = {
  endpoint: () => rules,
  verifier: () => verifier,
  wake: async () => ({ socketPath: door.socketPath, pooled: false, release: () => undefined }),
  decided: () => undefined,
  ended: () => undefined,
};
const tls = { key: readFileSync(door.pki + ".key", "utf8"), cert: readFileSync(door.pki + ".crt", "utf8") };
listenForClients("127.0.0.1", 0).then((listener) => {
  startProxy({ listener, backend, tls, domain: "db.localhost", log: (line) => console.error(line) });
  console.log(listener.port);
});
`;

/** Answers the request for TLS, ends it, and copies both ways: no rule, no password, no log. */
const BARE_RELAY = `
const door = JSON.parse(process.argv[2]);
const { readFileSync } = require("node:fs");
const { connect, createServer } = require("node:net");
const { createSecureContext, TLSSocket } = require("node:tls");
const secureContext = createSecureContext({ key: readFileSync(door.pki + ".key"), cert: readFileSync(door.pki + ".crt") });
const ignore = () => undefined;
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", ignore).once("data", () => {
    socket.write("S");
    const client = new TLSSocket(socket, { isServer: true, secureContext });
    const compute = connect(door.socketPath);
    client.on("error", ignore).pipe(compute);
    compute.on("error", ignore).pipe(client);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

const READY_DEADLINE_MS = 15_000;

const verifierWhenReady = (site: Site): Promise<string> =>
  whenReady(async () => {
    const client = await connected(site, "direct");
    const { rows } = await client.query<{ rolpassword: string }>("select rolpassword from pg_authid where rolname = $1", [USER]);
    await client.end();
    return rows[0]?.rolpassword ?? "";
  });

async function whenReady<T>(attempt: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + READY_DEADLINE_MS; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(20);
    }
  }
}

const pgbouncerSettings = (data: string, direct: number, port: number, users: string): string => `[databases]
* = host=${data} port=${direct}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = session
client_tls_sslmode = require
client_tls_cert_file = ${join(data, "server.crt")}
client_tls_key_file = ${join(data, "server.key")}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  await once(child, "exit");
}
