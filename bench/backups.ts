import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { Client } from "pg";
import { buildPsqlEnvironment } from "../cli/connection/psql.js";
import { requireClientTool } from "../cli/backup/clientTools.js";
import { readDump } from "../cli/backup/runTool.js";
import { sealDump } from "../cli/backup/sealedDump.js";
import { openDirectoryStore } from "../cli/backup/stores/directoryStore.js";
import { ensurePostgresClient } from "../tools/counterparts/postgresClient.js";
import { computeMedian } from "./median.js";
import { call, type ProjectResponse, startPlaneProcess, stopPlaneProcess, waitForOperations } from "./planeProcess.js";
import type { Row } from "./row.js";

export const title = "Backups of a branch of the embedded plane: pg_dump alone against pg_dump with the seal";

/** About 1 GB, as pg_database_size counts it; hashes, so that the dump is not small. PALISADE_BENCH_ROWS for another size. */
const ROWS = Number(process.env["PALISADE_BENCH_ROWS"] ?? 9_100_000);
const CONTENT = `CREATE TABLE big AS SELECT g AS id, md5(g::text) || md5((g + 1)::text) AS filler, now() AS at FROM generate_series(1, ${ROWS}) g`;
const RUNS = 3;
const POLL_MS = 20;
const CLI = resolve(__dirname, "../cli/main.js");

export async function run(): Promise<{ rows: Row[] }> {
  const tools = await ensurePostgresClient();
  if ("missing" in tools) throw new Error(tools.missing);
  const environment = { ...process.env, PATH: `${tools.path}:${process.env["PATH"] ?? ""}` };
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  spawnSync("chmod", ["711", folder]);
  const { child, ready } = await startPlaneProcess(join(folder, "plane"));
  try {
    const made = await call<ProjectResponse>(ready, "/projects", { project: { org_id: ready.orgId } });
    await waitForOperations(ready, made);
    const place = toPlace(ready, made);
    const client = await connect(place);
    await client.query(CONTENT);
    const { rows } = await client.query<{ mb: string }>("SELECT round(pg_database_size(current_database()) / 1e6) AS mb");
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    const [exported] = (await client.query<{ snapshot: string }>("SELECT pg_export_snapshot() AS snapshot")).rows;
    const dump = { tool: await requireClientTool("pg_dump", environment), place, environment, signal: new AbortController().signal };
    const [alone, sealed]: [number[], number[]] = [[], []];
    const store = openDirectoryStore(join(folder, "store"));
    let bytes = 0;
    for (let each = 0; each < RUNS; each++) {
      alone.push(await measure(() => dumpToFile(dump, exported?.snapshot ?? "", join(folder, `dump-${each}`))));
      const context = { organization: "o", project: "p", branch: "b", purpose: "backup", object: String(each) } as const;
      sealed.push(
        await measure(async () => {
          const key = { id: "ek", key: randomBytes(32) };
          ({ bytes } = await sealDump(store, `objects/${each}`, context, key, readDump(dump, exported?.snapshot ?? "")));
        }),
      );
    }
    await client.end();
    const whole = await measureRun(folder, environment, ready, made);
    const [base, size] = [computeMedian(alone), `${rows[0]?.mb ?? ""} MB, dump of ${Math.round(bytes / 1e6)} MB`];
    return {
      rows: [
        { name: `pg_dump alone into a file, ${size}`, value: formatSeconds(base) },
        { name: "the same through the seal into a directory", value: formatRatio(computeMedian(sealed), base), goal: "at most 1.25 times" },
        { name: "palisade backup run as a whole: start, counts and checksums, seal, manifest, index", value: formatRatio(whole.ms, base) },
        { name: "its peak memory, without that of pg_dump", value: `${Math.round(whole.peakKb / 1024)} MB` },
      ],
    };
  } finally {
    await stopPlaneProcess(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

type Ready = Awaited<ReturnType<typeof startPlaneProcess>>["ready"];

function toPlace(ready: Ready, { endpoints, roles, databases }: ProjectResponse) {
  return {
    host: `${endpoints[0]?.id ?? ""}.db.localhost`,
    hostAddress: "127.0.0.1",
    port: ready.proxyPort ?? undefined,
    endpointOption: undefined,
    role: roles[0]?.name ?? "",
    database: databases[0]?.name ?? "",
    password: roles[0]?.password,
    rootCert: ready.rootCert ?? undefined,
  };
}

async function connect({ host, port, role, database, password, rootCert }: ReturnType<typeof toPlace>): Promise<Client> {
  const client = new Client({
    host: "127.0.0.1",
    port: port ?? 0,
    user: role,
    database,
    password: password ?? "",
    ssl: { ca: readFileSync(rootCert ?? "", "utf8"), servername: host },
  });
  await client.connect();
  return client;
}

/** What a shell would do: `pg_dump > file`. */
async function dumpToFile({ tool, place, environment }: Parameters<typeof readDump>[0], snapshot: string, path: string): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 });
  await once(file, "open");
  const child = spawn(tool.file, ["--format=custom", "--no-password", `--snapshot=${snapshot}`], {
    stdio: ["ignore", file, "inherit"],
    env: buildPsqlEnvironment(place, false, environment),
  });
  const [code] = (await once(child, "exit")) as [number | null];
  file.close();
  if (code !== 0) throw new Error(`pg_dump ended with ${code ?? "a signal"}`);
}

async function measureRun(
  folder: string,
  environment: NodeJS.ProcessEnv,
  { apiUrl, apiKey, orgId }: Ready,
  { project, roles }: ProjectResponse,
): Promise<{ ms: number; peakKb: number }> {
  const config = join(folder, "palisade-backup.yaml");
  const places = { store: { directory: "backups" }, erasureKeys: [{ directory: "keys-1" }, { directory: "keys-2" }] };
  const keys = { key: { localFile: "local.json" }, signingKey: "signing.pem" };
  writeFileSync(config, JSON.stringify({ source: { project: project.id, role: roles[0]?.name }, ...places, ...keys }));
  const env = { ...environment, NEON_API_HOST: apiUrl, NEON_API_KEY: apiKey, NEON_ORG_ID: orgId };
  let peakKb = 0;
  const ms = await measure(async () => {
    const child = spawn(process.execPath, [CLI, "backup", "run", "--config", config], { cwd: folder, stdio: "ignore", env });
    const timer = setInterval(() => (peakKb = Math.max(peakKb, readPeakKb(child.pid))), POLL_MS);
    const [code] = (await once(child, "exit")) as [number | null];
    clearInterval(timer);
    if (code !== 0) throw new Error(`palisade backup run ended with ${code ?? "a signal"}`);
  });
  return { ms, peakKb };
}

/** The kernel keeps the peak itself; it is lost with the process. */
function readPeakKb(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function measure(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const formatSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const formatRatio = (ms: number, base: number): string => `${(ms / base).toFixed(2)} times (${formatSeconds(ms)})`;
