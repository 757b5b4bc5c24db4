import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { z } from "zod";
import { GeneralError, OperationsPage } from "@palisade/neon/contract/wire/common";
import type { Plane, PlaneLogLine, PlaneOptions, PlaneReady } from "@palisade/neon/contract/plane";
import { CreatedProject, type ProjectCreateRequest } from "@palisade/neon/contract/wire/project";
import { isOperationPending } from "@palisade/neon/contract/operations";
import { startPlane as start } from "../../control-plane/index.js";
import { startWithVault } from "../../tools/reliability/testPlane.js";
import { keepForLaterPlanes, takeFromFirstPlane } from "./firstPlane.js";
import { until } from "./until.js";

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined where the body is empty. */
  body: unknown;
}

export interface Refused {
  status: number;
  code: string;
  message: string;
  headers: Headers;
}

/** The API of one plane, with one key. Paths begin below /api/v2. */
export interface Api {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Expects success and an answer of this shape, which it returns. */
  ok<T extends z.ZodType>(shape: T, method: string, path: string, body?: unknown): Promise<z.output<T>>;
  /** Expects a refusal in Neon's error shape. */
  refused(method: string, path: string, body?: unknown): Promise<Refused>;
  /** Creates a project in the plane's organisation and waits until it is ready. */
  project(options?: ProjectCreateRequest["project"]): Promise<CreatedProject>;
  /** Waits until no operation of the project is open. */
  settled(projectId: string): Promise<void>;
  withKey(key: string): Api;
}

export interface TestPlane extends Plane {
  directory: string;
  api: Api;
  logged: PlaneLogLine[];
}

const DEFAULTS: Omit<PlaneOptions, "dataDirectory" | "log"> = {
  apiPort: 0,
  proxyPort: 4432,
  bind: "127.0.0.1",
  plan: "scale",
  hosts: "universal",
  rateLimits: "off",
  operationTimeMs: 5,
  computes: "records",
  testHooks: true,
};

export interface TestPlaneOptions extends Partial<PlaneOptions> {
  /** What the plane begins with: the text of a seed file, or what is to be written into one as JSON. */
  seed?: unknown;
  /** Whether its organisation may name the keys of a vault's double (tools/counterparts/azure/planeVault.ts). */
  vault?: true;
}

/**
 * The plane of this test file, or of the one block in it that needs any: started before the tests, and ended after them together with every
 * other that they have left running.
 */
export function sharedPlane(options: TestPlaneOptions = {}): TestPlane {
  // `api` is one object from the beginning, so that a file can take it out at once.
  const plane = { api: {} } as TestPlane;
  beforeAll(async () => {
    const { api, ...started } = await startPlane(options);
    Object.assign(plane, started);
    Object.assign(plane.api, api);
  }, DEADLINE_MS);
  afterAll(endPlanes, DEADLINE_MS);
  return plane;
}

/** For one start, or one end, of a plane that has computes. */
const DEADLINE_MS = 60_000;

/** A plane in this process, on a free port, in a directory of its own unless one is given. */
export async function startPlane({ vault, ...options }: TestPlaneOptions = {}): Promise<TestPlane> {
  if (!vault) return startAlone(options);
  const { plane, stop } = await startWithVault(startAlone, { dataDirectory: planeDirectory(), ...options });
  ends.push(stop);
  return plane;
}

async function startAlone({ seed, ...options }: Omit<TestPlaneOptions, "vault">): Promise<TestPlane> {
  const directory = options.dataDirectory ?? planeDirectory();
  const logged: PlaneLogLine[] = [];
  const log = (line: PlaneLogLine) => logged.push(line);
  const seeded = seed !== undefined && { seedFile: seedFile(seed) };
  if (options.computes === "postgres") takeFromFirstPlane(directory);
  const plane = await start({ ...DEFAULTS, log, ...options, ...seeded, dataDirectory: directory });
  ends.push(() => plane.stop());
  await plane.whole;
  return { ...plane, directory, logged, api: apiOf(plane.ready.apiUrl, plane.ready.apiKey, plane.ready.orgId) };
}

function seedFile(seed: unknown): string {
  const file = join(planeDirectory(), "seed.yaml");
  writeFileSync(file, typeof seed === "string" ? seed : JSON.stringify(seed));
  return file;
}

const directories: string[] = [];
/** What ends each plane that was started; a second time it does nothing. */
const ends: (() => Promise<unknown>)[] = [];

export function planeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "palisade-plane-"));
  directories.push(directory);
  return directory;
}

/** For afterAll or afterEach: ends every plane that this test file has started, and removes their directories. */
export async function endPlanes(): Promise<void> {
  const ended = await Promise.allSettled(ends.splice(0).map((end) => end()));
  for (const directory of directories.splice(0)) {
    keepForLaterPlanes(directory);
    rmSync(directory, { recursive: true, force: true });
  }
  for (const each of ended) if (each.status === "rejected") throw each.reason;
}

export interface PlaneProcess {
  ready: PlaneReady;
  api: Api;
  child: ChildProcess;
  /** Sends the signal and resolves when the process has ended, to its exit code (null after a signal). */
  end(signal: "SIGTERM" | "SIGINT" | "SIGKILL"): Promise<number | null>;
}

/** A plane in a process of its own, from the built package (see `buildPlane`). */
export async function startPlaneProcess(options: Partial<PlaneOptions> & { dataDirectory: string }): Promise<PlaneProcess> {
  if (options.computes === "postgres") takeFromFirstPlane(options.dataDirectory);
  const child = spawn(process.execPath, [ENTRY, JSON.stringify({ ...DEFAULTS, ...options })], {
    stdio: ["ignore", "pipe", "pipe"],
    // Jest gives each file of tests a copy of the environment.
    env: process.env,
  });
  const ended = once(child, "exit") as Promise<[number | null]>;
  const end: PlaneProcess["end"] = async (signal) => {
    child.kill(signal);
    return (await ended)[0];
  };
  ends.push(() => end("SIGTERM"));
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const first = await Promise.race([once(createInterface(child.stdout), "line") as Promise<[string]>, ended]);
  if (typeof first[0] !== "string") throw new Error(`the plane ended before it was ready: ${complaint}`);
  const ready = JSON.parse(first[0]) as PlaneReady;
  return { ready, child, end, api: apiOf(ready.apiUrl, ready.apiKey, ready.orgId) };
}

const ROOT = resolve(__dirname, "../..");
const ENTRY = join(ROOT, "control-plane/dist/bin.js");

/** Brings the built package up to date, so that a process never runs yesterday's code. */
export function buildPlane(): void {
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-b", "control-plane"], { cwd: ROOT });
}

export function apiOf(url: string, key: string, orgId: string): Api {
  const call: Api["call"] = async (method, path, body, headers) => {
    const sent = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const answer = await fetch(url + path, {
      method,
      body: sent,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  };
  const ok: Api["ok"] = async (shape, method, path, body) => {
    const answer = await call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return shape.parse(answer.body);
  };
  const settled = async (projectId: string) => {
    await until(`project ${projectId} settles`, async () => {
      const { operations } = await ok(OperationsPage, "GET", `/projects/${projectId}/operations`);
      return !operations.some(({ status }) => isOperationPending(status));
    });
  };
  return {
    call,
    ok,
    settled,
    refused: async (method, path, body) => {
      const answer = await call(method, path, body);
      if (answer.status < 400) throw new Error(`${method} ${path} was not refused: ${answer.status} ${JSON.stringify(answer.body)}`);
      const { code, message } = GeneralError.parse(answer.body);
      return { status: answer.status, code, message, headers: answer.headers };
    },
    project: async (options = {}) => {
      const created = await ok(CreatedProject, "POST", "/projects", { project: { org_id: orgId, ...options } });
      await settled(created.project.id);
      return created;
    },
    withKey: (other) => apiOf(url, other, orgId),
  };
}
