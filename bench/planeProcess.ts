import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import type { PlaneReady } from "../contract/plane.js";

/** A plane with real Postgres in a process of its own, for benchmarks. */
const ENTRY = resolve(__dirname, "../../control-plane/dist/bin.js");
const POLL_MS = 50;

/** What a new project is answered with. */
export interface ProjectResponse {
  project: { id: string };
  endpoints: { id: string }[];
  roles: { name: string; password: string }[];
  databases: { name: string }[];
}

/** Resolves when it is ready. */
export async function startPlaneProcess(
  dataDirectory: string,
  more: { seedFile?: string } = {},
): Promise<{ child: ChildProcess; ready: PlaneReady }> {
  const options = {
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    dataDirectory,
    plan: "scale",
    hosts: "universal",
    rateLimits: "off",
    operationTimeMs: 0,
    computes: "postgres",
    ...more,
  };
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(options)], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), once(child, "exit")])) as unknown[];
  if (typeof line !== "string") throw new Error("the plane did not start; `npm run build` comes first");
  return { child, ready: JSON.parse(line) as PlaneReady };
}

/** Milliseconds that it took to end in order. */
export async function stopPlaneProcess(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error("the plane has ended by itself");
  const begun = performance.now();
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
  return performance.now() - begun;
}

export async function call<T>({ apiUrl, apiKey }: PlaneReady, path: string, body?: object): Promise<T> {
  const answer = await fetch(apiUrl + path, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${apiKey}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Resolves when no operation of the project is open. */
export async function waitForOperations(ready: PlaneReady, { project: { id } }: ProjectResponse): Promise<void> {
  for (;;) {
    const { operations } = await call<{ operations: { status: string }[] }>(ready, `/projects/${id}/operations`);
    if (operations.every(({ status }) => status === "finished")) return;
    await pause(POLL_MS);
  }
}

export const getHost = ({ endpoints }: ProjectResponse): string => `${endpoints[0]?.id ?? ""}.db.localhost`;

/** Through the proxy, with everything checked; the first query is answered. */
export async function connectTo({ proxyPort, rootCert }: PlaneReady, made: ProjectResponse): Promise<Client> {
  const client = new Client({
    host: "127.0.0.1",
    port: proxyPort ?? 0,
    database: made.databases[0]?.name,
    user: made.roles[0]?.name,
    password: made.roles[0]?.password,
    ssl: { ca: readFileSync(rootCert ?? "", "utf8"), servername: getHost(made) },
  });
  await client.connect();
  await client.query("SELECT 1");
  return client;
}
