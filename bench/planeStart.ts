import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { computeMedian } from "./median.js";
import type { Row } from "./row.js";

export const title = "Embedded control plane and command: start, and idle memory";

const STARTS = 7;
const READY_GOAL_MS = 150;
const HELP_GOAL_MS = 100;
/** An idle process has settled by then. */
const SETTLED_MS = 1_000;
const LIMIT_MS = 20_000;
const ENTRY = resolve(__dirname, "../../control-plane/dist/bin.js");
const MAIN = resolve(__dirname, "../cli/main.js");

/** Each start is a new process; what node itself takes to run an empty program is measured beside it in the same round, and taken off. */
export async function run(): Promise<{ rows: Row[] }> {
  // As Postgres' user may pass through it.
  const directory = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  chmodSync(directory, 0o755);
  const times = {
    node: [] as number[],
    help: [] as number[],
    fresh: [] as number[],
    reopened: [] as number[],
    dev: [] as number[],
    devAgain: [] as number[],
  };
  const memory: number[] = [];
  try {
    for (let start = 0; start < STARTS; start++) {
      times.node.push(await measureRun("-e", ""));
      times.help.push(await measureRun(MAIN, "--help"));
      const data = join(directory, String(start));
      times.fresh.push((await measureStart(buildPlaneArguments(data))).readyMs);
      const again = await measureStart(buildPlaneArguments(data), SETTLED_MS);
      times.reopened.push(again.readyMs);
      memory.push(again.rssMiB ?? 0);
      const real = join(directory, `dev-${start}`);
      times.dev.push((await measureStart(buildDevArguments(real))).readyMs);
      times.devAgain.push((await measureStart(buildDevArguments(real))).readyMs);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const base = computeMedian(times.node);
  const row = (name: string, values: readonly number[], goalMs: number): Row => ({
    name,
    value: `${(computeMedian(values) - base).toFixed(0)} ms, ${(computeMedian(values) / base).toFixed(2)}x node in all`,
    goal: `<= ${goalMs} ms`,
  });
  return {
    rows: [
      { name: "node, an empty program", value: `${base.toFixed(0)} ms` },
      row("palisade --help, after node's own start", times.help, HELP_GOAL_MS),
      row("API alone: ready after node's own start, new directory", times.fresh, READY_GOAL_MS),
      row("API alone: ready after node's own start, reopened", times.reopened, READY_GOAL_MS),
      row("palisade dev: ready after node's own start, new directory", times.dev, READY_GOAL_MS),
      row("palisade dev: ready after node's own start, reopened", times.devAgain, READY_GOAL_MS),
      ...(memory[0] === 0 ? [] : [{ name: "resident memory, idle", value: `${computeMedian(memory).toFixed(0)} MiB` }]),
    ],
  };
}

async function measureRun(...words: string[]): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, words, { stdio: "ignore" }), "exit");
  return performance.now() - begun;
}

const buildPlaneArguments = (dataDirectory: string): string[] => [
  ENTRY,
  JSON.stringify({
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    dataDirectory,
    plan: "scale",
    hosts: "universal",
    rateLimits: "off",
    operationTimeMs: 0,
  }),
];

const buildDevArguments = (data: string): string[] => [
  MAIN,
  "dev",
  "--output",
  "json",
  "--api-port",
  "0",
  "--proxy-port",
  "0",
  "--data",
  data,
];

/** @returns from spawn to the ready line; resident memory some time later, where /proc has it */
async function measureStart(words: readonly string[], idleMs?: number): Promise<{ readyMs: number; rssMiB?: number }> {
  const started = performance.now();
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"], timeout: LIMIT_MS, killSignal: "SIGKILL" });
  const exit = once(child, "exit");
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), exit])) as unknown[];
  const readyMs = performance.now() - started;
  if (typeof line !== "string") throw new Error("the plane did not start; `npm run build` comes first");
  if (idleMs !== undefined) await new Promise((resolve) => setTimeout(resolve, idleMs));
  const rssMiB = idleMs === undefined ? undefined : readResidentMiB(child.pid ?? 0);
  child.kill("SIGTERM");
  await exit;
  return { readyMs, ...(rssMiB !== undefined && { rssMiB }) };
}

function readResidentMiB(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}
