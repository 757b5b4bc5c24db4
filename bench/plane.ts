import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Row } from "./row.js";

export const title = "Embedded control plane: start and idle memory";

const STARTS = 7;
const READY_GOAL_MS = 150;
/** An idle process has settled by then. */
const SETTLED_MS = 1_000;
const LIMIT_MS = 20_000;
const ENTRY = resolve(__dirname, "../../control-plane/dist/bin.js");

/** Each start is a new process; what node itself takes to run an empty program is measured beside it and taken off. */
export async function run(): Promise<{ rows: Row[] }> {
  const directory = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  try {
    const node: number[] = [];
    const fresh: number[] = [];
    const reopened: number[] = [];
    const memory: number[] = [];
    for (let start = 0; start < STARTS; start++) {
      node.push(await emptyNode());
      const data = join(directory, String(start));
      fresh.push((await plane(data)).readyMs);
      const again = await plane(data, SETTLED_MS);
      reopened.push(again.readyMs);
      memory.push(again.rssMiB ?? 0);
    }
    const [base, first, second] = [median(node), median(fresh), median(reopened)];
    return {
      rows: [
        { name: "node, an empty program", value: `${base.toFixed(0)} ms` },
        { name: "ready after node's own start, new directory", value: `${(first - base).toFixed(0)} ms`, goal: `<= ${READY_GOAL_MS} ms` },
        { name: "ready after node's own start, reopened", value: `${(second - base).toFixed(0)} ms`, goal: `<= ${READY_GOAL_MS} ms` },
        ...(memory[0] === 0 ? [] : [{ name: "resident memory, idle", value: `${median(memory).toFixed(0)} MiB` }]),
      ],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function emptyNode(): Promise<number> {
  const started = performance.now();
  await once(spawn(process.execPath, ["-e", ""], { stdio: "ignore" }), "exit");
  return performance.now() - started;
}

/** @returns from spawn to the ready line; resident memory some time later, where /proc has it */
async function plane(dataDirectory: string, idleMs?: number): Promise<{ readyMs: number; rssMiB?: number }> {
  const options = {
    apiPort: 0,
    proxyPort: 0,
    bind: "127.0.0.1",
    dataDirectory,
    plan: "scale",
    hosts: "universal",
    rateLimits: "off",
    operationTimeMs: 0,
  };
  const started = performance.now();
  const child = spawn(process.execPath, [ENTRY, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const exit = once(child, "exit");
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), exit])) as unknown[];
  const readyMs = performance.now() - started;
  if (typeof line !== "string") throw new Error("the plane did not start; `npm run build` comes first");
  if (idleMs !== undefined) await new Promise((resolve) => setTimeout(resolve, idleMs));
  const rssMiB = idleMs === undefined ? undefined : residentMiB(child.pid ?? 0);
  child.kill("SIGTERM");
  await exit;
  return { readyMs, ...(rssMiB !== undefined && { rssMiB }) };
}

function residentMiB(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const [, kib = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) / 1024;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
