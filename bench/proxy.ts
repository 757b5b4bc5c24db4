import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { locatePostgres } from "@palisade/control-plane/dist/computes/postgresInstallation.js";
import { ensurePki } from "@palisade/control-plane/dist/pki/index.js";
import { locatePgbouncer } from "@palisade/control-plane/dist/pooler/locatePgbouncer.js";
import { computeMedian } from "./median.js";
import type { ComputeAccess } from "./proxyProcess.js";
import type { Row } from "./row.js";

export const title = "The TLS proxy against TLS of Postgres itself, and against pgbouncer with TLS: one Postgres, every access path";

const CONNECTS = 80;
/** Work that one connection leaves behind, such as prewarming the next one, must not fall into the time of the next. */
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
    const servers = await startServers(folder, children);
    return {
      rows: [
        ...(await measureConnects(servers)),
        ...(await measureRoundTrips(servers)),
        ...(await measureBigResult(servers)),
        ...(await measurePgbench(servers)),
      ],
    };
  } finally {
    for (const child of children) await stopProcess(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * One Postgres by three ways in, or four: TLS of Postgres itself, the proxy, a relay of Node that ends TLS and knows no rule (what any proxy in
 * Node costs at least), and pgbouncer with TLS and a session for each client, where it is installed.
 */
interface MeasuredServers {
  direct: number;
  proxy: number;
  bare: number;
  pgbouncer: number | undefined;
  rootCertPath: string;
  ca: string;
}

type AccessPath = "direct" | "proxy" | "bare" | "pgbouncer";
const listAccessPaths = ({ pgbouncer }: MeasuredServers): readonly AccessPath[] => [
  "direct",
  "proxy",
  "bare",
  ...(pgbouncer === undefined ? [] : ["pgbouncer" as const]),
];

const HOST = "ep-bench.db.localhost";
const [USER, PASSWORD] = ["bench", "npg_a8Kd03LxQz7M"];

async function measureConnects(servers: MeasuredServers): Promise<Row[]> {
  const times = await measureInTurn(servers, CONNECTS, async (accessPath) => {
    await pause(SETTLED_MS);
    const started = performance.now();
    const client = await connectClient(servers, accessPath);
    await client.query("select 1");
    const time = performance.now() - started;
    await client.end();
    return time;
  });
  return [formatComparison("connect and select 1, median", times, "ms", "<= 1.1x, <= 1.2x of pgbouncer")];
}

async function measureRoundTrips(servers: MeasuredServers): Promise<Row[]> {
  const clients = new Map<AccessPath, Client>();
  for (const accessPath of listAccessPaths(servers)) clients.set(accessPath, await connectClient(servers, accessPath));
  const times = await measureInTurn(servers, ROUND_TRIPS, async (accessPath) => {
    const started = performance.now();
    await clients.get(accessPath)?.query("select 1");
    return performance.now() - started;
  });
  for (const client of clients.values()) await client.end();
  return [formatComparison("select 1 on an open connection, median", times, "ms")];
}

async function measureBigResult(servers: MeasuredServers): Promise<Row[]> {
  const times = await measureInTurn(servers, 5, async (accessPath) => {
    const client = await connectClient(servers, accessPath);
    const started = performance.now();
    await client.query(`select repeat('x', 1000000) from generate_series(1, ${BIG_ROWS})`);
    const time = performance.now() - started;
    await client.end();
    return time;
  });
  return [formatComparison(`a result of ${BIG_ROWS} MB, median`, times, "ms")];
}

/** With the pgbench of this machine, when it has one. */
async function measurePgbench(servers: MeasuredServers): Promise<Row[]> {
  const program = ["/usr/lib/postgresql/18/bin/pgbench", "/usr/lib/postgresql/15/bin/pgbench"].find(existsSync);
  if (program === undefined) return [{ name: "pgbench", value: "not on this machine" }];
  const bench = async (accessPath: AccessPath, words: string[]) => {
    const target = `host=${HOST} hostaddr=127.0.0.1 port=${servers[accessPath] ?? 0} user=${USER} dbname=postgres sslmode=verify-full sslrootcert=${servers.rootCertPath}`;
    const { stdout } = await promisify(execFile)(program, [...words, target], { env: { ...process.env, PGPASSWORD: PASSWORD } });
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1] ?? NaN);
  };
  await bench("direct", ["-i", "-q", "-s", "2"]);
  const rows: Row[] = [];
  for (const clients of PGBENCH_CLIENTS) {
    const words = ["-S", "-n", "-M", "prepared", "-c", String(clients), "-T", String(PGBENCH_SECONDS)];
    const rates = await measureInTurn(servers, PGBENCH_ROUNDS, (accessPath) => bench(accessPath, words));
    const rate = (accessPath: AccessPath) => rates[accessPath] ?? NaN;
    const against = (accessPath: AccessPath) =>
      `${(rate("proxy") / rate(accessPath)).toFixed(2)}x ${NAMES[accessPath]}(${Math.round(rate(accessPath))})`;
    const value = listAccessPaths(servers)
      .filter((accessPath) => accessPath !== "proxy")
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

async function connectClient(servers: MeasuredServers, accessPath: AccessPath): Promise<Client> {
  const ssl = { ca: servers.ca, servername: HOST };
  const client = new Client({
    host: "127.0.0.1",
    port: servers[accessPath] ?? 0,
    user: USER,
    password: PASSWORD,
    database: "postgres",
    ssl,
  });
  await client.connect();
  return client;
}

type Medians = Partial<Record<AccessPath, number>>;

async function measureInTurn(
  servers: MeasuredServers,
  times: number,
  measure: (accessPath: AccessPath) => Promise<number>,
): Promise<Medians> {
  const accessPaths = listAccessPaths(servers);
  const samples = new Map(accessPaths.map((accessPath) => [accessPath, [] as number[]]));
  for (let round = 0; round < times; round++)
    for (const accessPath of accessPaths) samples.get(accessPath)?.push(await measure(accessPath));
  return Object.fromEntries([...samples].map(([accessPath, values]) => [accessPath, computeMedian(values)]));
}

function formatComparison(name: string, times: Medians, unit: string, goal?: string): Row {
  const { proxy = NaN, ...others } = times;
  const against = (Object.entries(others) as [AccessPath, number][]).map(
    ([accessPath, time]) => `${(proxy / time).toFixed(2)}x ${NAMES[accessPath]}(${time.toFixed(2)})`,
  );
  return { name, value: `${proxy.toFixed(2)} ${unit}: ${against.join(", ")}`, ...(goal !== undefined && { goal }) };
}

/** As a figure names what it is a ratio to. */
const NAMES: Readonly<Record<AccessPath, string>> = { direct: "", proxy: "", bare: "of a bare relay ", pgbouncer: "of pgbouncer " };

async function startServers(folder: string, children: ChildProcess[]): Promise<MeasuredServers> {
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
  const direct = await findFreePort();
  const settings = [
    "listen_addresses=127.0.0.1",
    "ssl=on",
    `unix_socket_directories=${data}`,
    "shared_buffers=16MB",
    "jit=off",
    "fsync=off",
  ];
  children.push(spawn(join(bin, "postgres"), ["-D", data, "-p", String(direct), ...settings.flatMap((setting) => ["-c", setting])], as));
  const servers: MeasuredServers = { direct, proxy: 0, bare: 0, pgbouncer: undefined, rootCertPath: ca, ca: authority.cert };
  const verifier = await waitForVerifier(servers);
  const program = locatePgbouncer();
  if (program) {
    servers.pgbouncer = await findFreePort();
    const configuration = join(data, "pgbouncer.ini");
    const users = join(data, "users.txt");
    for (const [file, text] of [
      [users, `"${USER}" "${verifier}"\n`],
      [configuration, formatPgbouncerSettings(data, direct, servers.pgbouncer, users)],
    ] as const) {
      writeFileSync(file, text, { mode: 0o600 });
      own(file);
    }
    children.push(spawn(program.path, ["-q", configuration], as));
    await retryUntilReady(() => connectClient(servers, "pgbouncer").then((client) => client.end()));
  }

  const computeAccess: ComputeAccess = {
    socketPath: join(data, `.s.PGSQL.${direct}`),
    verifier,
    pki: rootCertPath.replace(/root\.crt$/, "server"),
  };
  const portOf = async (...program: string[]): Promise<number> => {
    const child = spawn(process.execPath, [...program, JSON.stringify(computeAccess)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const [port] = (await once(createInterface(child.stdout), "line")) as [string];
    return Number(port);
  };
  return { ...servers, proxy: await portOf(join(__dirname, "proxyProcess.js")), bare: await portOf("-e", BARE_RELAY) };
}

/** Answers the request for TLS, ends it, and copies both ways: no rule, no password, no log. */
const BARE_RELAY = `
const computeAccess = JSON.parse(process.argv[1]);
const { readFileSync } = require("node:fs");
const { connect, createServer } = require("node:net");
const { createSecureContext, TLSSocket } = require("node:tls");
const secureContext = createSecureContext({ key: readFileSync(computeAccess.pki + ".key"), cert: readFileSync(computeAccess.pki + ".crt") });
const ignore = () => undefined;
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", ignore).once("data", () => {
    socket.write("S");
    const client = new TLSSocket(socket, { isServer: true, secureContext });
    const compute = connect(computeAccess.socketPath);
    client.on("error", ignore).pipe(compute);
    compute.on("error", ignore).pipe(client);
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

const READY_DEADLINE_MS = 15_000;

const waitForVerifier = (servers: MeasuredServers): Promise<string> =>
  retryUntilReady(async () => {
    const client = await connectClient(servers, "direct");
    const { rows } = await client.query<{ rolpassword: string }>("select rolpassword from pg_authid where rolname = $1", [USER]);
    await client.end();
    return rows[0]?.rolpassword ?? "";
  });

async function retryUntilReady<T>(attempt: () => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + READY_DEADLINE_MS; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(20);
    }
  }
}

const formatPgbouncerSettings = (data: string, direct: number, port: number, users: string): string => `[databases]
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

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  await once(child, "exit");
}
