import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaneReady } from "../contract/plane.js";
import { call, type Made, settled, started, stopped } from "./planeProcess.js";
import type { Row } from "./row.js";

export const title = "The end of a plane with many projects, each with a compute";

const PROJECTS = 130;
const STOP_GOAL = "<= 20 s";
/** Projects that are made, or asked, at the same time. */
const AT_ONCE = 8;

/** Nobody has connected to any of the computes. */
export async function run(): Promise<{ rows: Row[] }> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  // As Postgres' user may pass through it.
  chmodSync(folder, 0o755);
  const data = join(folder, "plane");
  try {
    const first = await started(data);
    const made = await inTurns(Array.from({ length: PROJECTS }), () => project(first.ready));
    for (const each of made) await settled(first.ready, each);
    const unused = { running: postgresIn(data), stopMs: await stopped(first.child) };

    return {
      rows: [
        { name: `Postgres that run with ${PROJECTS} projects that nobody has connected to`, value: `${unused.running}`, goal: "0" },
        { name: "stop of that plane", value: seconds(unused.stopMs), goal: STOP_GOAL },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

const project = (ready: PlaneReady): Promise<Made> => call(ready, "/projects", { project: { org_id: ready.orgId, name: "many" } });

async function inTurns<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const [waiting, done]: [T[], R[]] = [[...all], []];
  const worker = async () => {
    while (waiting.length > 0) done.push(await work(waiting.shift() as T));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}

/** Postmasters whose data is below the directory, by their command lines; Linux alone tells. */
function postgresIn(directory: string): number {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words[0]?.endsWith("/postgres") === true && words.some((word) => word.startsWith(`${directory}/`));
    } catch {
      return false;
    }
  }).length;
}
