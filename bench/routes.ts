import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { PlaneReady } from "../contract/plane.js";
import type { Row } from "./row.js";

export const title = "Embedded control plane: its ten most used routes, its memory, and lists as the tables grow";

/** Callers at a time, as many as Pulumi runs steps on two cores; how long each route is called. */
const CALLERS = 8;
const MEASURED_MS = 2_000;
const WARM_UP_MS = 500;
const GOAL_P99_MS = 100;

const SIZES = [100, 1_000, 10_000] as const;
const PAGES = [100, 400] as const;
const LIST_ROUNDS = 60;
const GOAL_GROWTH = 1.5;

const BRANCHES = 10_000;
/** As many as a plan allows in one. */
const BRANCHES_IN_ONE = 5_000;
const GOAL_MIB = 300;

const ENTRY = resolve(__dirname, "../../control-plane/dist/bin.js");

export async function run(): Promise<{ rows: Row[] }> {
  const rows: Row[] = [];
  const medians = new Map<string, number>();
  for (const size of SIZES) {
    const seed = { projects: Array.from({ length: size }, (_, index) => ({ name: `p${index}` })) };
    await withPlane(seed, async (plane) => {
      if (size === SIZES[1]) rows.push(...(await measureRoutes(plane)));
      for (const page of PAGES) medians.set(`${size} ${page}`, await measureListPage(plane, page));
    });
  }
  const [few, some, many] = SIZES;
  const median = (size: number, page: number) => medians.get(`${size} ${page}`) ?? NaN;
  for (const page of PAGES) {
    // A page that is full.
    const sizes = SIZES.filter((size) => size >= page);
    const figures = sizes.map((size) => `${median(size, page).toFixed(1)} ms of ${size.toLocaleString("en")}`);
    const from = page <= few ? few : some;
    const growth = `${(median(many, page) / median(from, page)).toFixed(2)}x`;
    rows.push({ name: `a page of ${page} projects, median`, value: figures.join(", ") });
    rows.push({ name: `the same page of ${many} against ${from}`, value: growth, goal: `<= ${GOAL_GROWTH}x` });
  }
  const [small, large] = PAGES;
  const perPage = `${(median(many, large) / median(many, small)).toFixed(2)}x`;
  rows.push({ name: `a page of ${large} against one of ${small}, of ${many}`, value: perPage, goal: `<= ${large / small}x` });
  return { rows: [...rows, ...(await measureMemory())] };
}

/** Each route by itself, on a plane of a thousand projects. */
async function measureRoutes({ ready, ask }: Plane): Promise<Row[]> {
  const { projects } = (await ask("GET", `/projects?org_id=${ready.orgId}&limit=1`)) as { projects: { id: string }[] };
  const at = `/projects/${projects[0]?.id ?? ""}`;
  const { branches } = (await ask("GET", `${at}/branches`)) as { branches: { id: string }[] };
  const branch = `${at}/branches/${branches[0]?.id ?? ""}`;
  let next = 0;
  const calls: [string, () => Promise<unknown>][] = [
    ["GET /users/me/organizations", () => ask("GET", "/users/me/organizations")],
    ["GET /projects, a page of 100", () => ask("GET", `/projects?org_id=${ready.orgId}&limit=100`)],
    ["GET /projects/:id", () => ask("GET", at)],
    ["PATCH /projects/:id", () => ask("PATCH", at, { project: { settings: { allowed_ips: { ips: [`10.0.0.${next++ % 250}`] } } } })],
    ["GET /projects/:id/branches", () => ask("GET", `${at}/branches`)],
    ["GET /projects/:id/branches/:id", () => ask("GET", branch)],
    ["POST /projects/:id/branches", () => ask("POST", `${at}/branches`, { branch: { name: `b${next++}` } })],
    ["GET /projects/:id/endpoints", () => ask("GET", `${at}/endpoints`)],
    ["GET /projects/:id/branches/:id/roles", () => ask("GET", `${branch}/roles`)],
    ["GET /projects/:id/operations, a page of 100", () => ask("GET", `${at}/operations?limit=100`)],
  ];
  const rows: Row[] = [];
  for (const [name, call] of calls) {
    await callRepeatedly(call, WARM_UP_MS);
    const { times, seconds } = await callRepeatedly(call, MEASURED_MS);
    rows.push({
      name: `${name}, ${CALLERS} callers`,
      value: `${Math.round(times.length / seconds)}/s, p99 ${computeP99(times).toFixed(1)} ms`,
      goal: `p99 <= ${GOAL_P99_MS} ms`,
    });
  }
  return rows;
}

async function callRepeatedly(call: () => Promise<unknown>, forMs: number): Promise<{ times: number[]; seconds: number }> {
  const times: number[] = [];
  const started = performance.now();
  const caller = async () => {
    while (performance.now() - started < forMs) {
      const before = performance.now();
      await call();
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return { times, seconds: (performance.now() - started) / 1_000 };
}

/** Milliseconds of a full page in the middle of the list. */
async function measureListPage({ ready, ask }: Plane, page: number): Promise<number> {
  const path = `/projects?org_id=${ready.orgId}&limit=${page}`;
  const { pagination } = (await ask("GET", path)) as { pagination?: { cursor?: string } };
  const times: number[] = [];
  for (let round = 0; round < LIST_ROUNDS; round++) {
    const before = performance.now();
    await ask("GET", round % 2 === 0 || pagination?.cursor === undefined ? path : `${path}&cursor=${pagination.cursor}`);
    times.push(performance.now() - before);
  }
  return sortNumbers(times)[Math.floor(times.length / 2)] ?? 0;
}

async function measureMemory(): Promise<Row[]> {
  if (process.platform !== "linux") return [];
  const branches = Array.from({ length: BRANCHES_IN_ONE }, (_, index) => ({ name: `b${index}` }));
  const seed = { projects: Array.from({ length: BRANCHES / BRANCHES_IN_ONE }, (_, index) => ({ name: `p${index}`, branches })) };
  const dataDirectory = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  try {
    await withPlane(seed, () => Promise.resolve(), dataDirectory);
    // Opened again: what making them took is gone.
    return await withPlane(undefined, measurePlaneMemory, dataDirectory);
  } finally {
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

async function measurePlaneMemory({ ready, ask, residentMiB }: Plane): Promise<Row[]> {
  const idle = residentMiB();
  const { projects } = (await ask("GET", `/projects?org_id=${ready.orgId}`)) as { projects: { id: string }[] };
  let count = 0;
  const before = performance.now();
  for (const { id } of projects) count += ((await ask("GET", `/projects/${id}/branches`)) as { branches: unknown[] }).branches.length;
  const took = performance.now() - before;
  return [
    { name: `resident memory with ${count.toLocaleString("en")} branches, idle`, value: `${idle.toFixed(0)} MiB` },
    { name: `all of them listed, in ${projects.length} calls`, value: `${took.toFixed(0)} ms` },
    { name: "resident memory after that", value: `${residentMiB().toFixed(0)} MiB`, goal: `<= ${GOAL_MIB} MiB` },
  ];
}

/** A plane in a process of its own, so that its callers do not take its time. */
interface Plane {
  ready: PlaneReady;
  /** @throws unless the call succeeds */
  ask: (method: string, path: string, body?: object) => Promise<unknown>;
  residentMiB: () => number;
}

/** @param seed what a new data directory begins with */
async function withPlane<R>(seed: object | undefined, work: (plane: Plane) => Promise<R>, dataDirectory?: string): Promise<R> {
  const directory = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  const seedFile = join(directory, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seed ?? {}));
  const options = {
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    plan: "scale",
    hosts: "universal",
    rateLimits: "off",
    operationTimeMs: 0,
    computes: "records",
    seedFile,
    dataDirectory: dataDirectory ?? join(directory, "data"),
  };
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(options)], { stdio: ["ignore", "pipe", "ignore"] });
  const exit = once(child, "exit");
  try {
    const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), exit])) as unknown[];
    if (typeof line !== "string") throw new Error("the plane did not start; `npm run build` comes first");
    const ready = JSON.parse(line) as PlaneReady;
    const ask: Plane["ask"] = async (method, path, body) => {
      const answer = await fetch(ready.apiUrl + path, {
        method,
        headers: { authorization: `Bearer ${ready.apiKey}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
      return answer.json();
    };
    return await work({ ready, ask, residentMiB: () => readResidentMiB(child.pid ?? 0) });
  } finally {
    child.kill("SIGTERM");
    await exit;
    rmSync(directory, { recursive: true, force: true });
  }
}

function readResidentMiB(pid: number): number {
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

const sortNumbers = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const computeP99 = (times: readonly number[]): number => sortNumbers(times)[Math.floor(times.length * 0.99)] ?? 0;
