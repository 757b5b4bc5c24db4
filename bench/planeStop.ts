import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaneReady } from "../contract/plane.js";
import { call, connectTo, type ProjectResponse, waitForOperations, startPlaneProcess, stopPlaneProcess } from "./planeProcess.js";
import type { Row } from "./row.js";
import { formatSeconds } from "./row.js";

export const title = "The end of a plane with many projects, each with a compute";

const PROJECTS = 130;
const STOP_GOAL = "<= 20 s";
/** Projects that are created, or queried, at the same time. */
const AT_ONCE = 8;

export async function run(): Promise<{ rows: Row[] }> {
  const folder = mkdtempSync(join(tmpdir(), "palisade-bench-"));
  // As Postgres' user may pass through it.
  chmodSync(folder, 0o755);
  const data = join(folder, "plane");
  try {
    const first = await startPlaneProcess(data);
    const made = await mapConcurrently(Array.from({ length: PROJECTS }), () => createProject(first.ready));
    for (const each of made) await waitForOperations(first.ready, each);
    const unused = { running: countPostgres(data), stopMs: await stopPlaneProcess(first.child) };
    const second = await startPlaneProcess(data);
    await mapConcurrently(made, async (each) => (await connectTo(second.ready, each)).end());
    const usedStopMs = await stopPlaneProcess(second.child);
    return {
      rows: [
        { name: `Postgres that run with ${PROJECTS} projects that nobody has connected to`, value: `${unused.running}`, goal: "0" },
        { name: "stop of that plane", value: formatSeconds(unused.stopMs), goal: STOP_GOAL },
        {
          name: "stop of that plane, each of whose computes a client has used",
          value: formatSeconds(usedStopMs),
          goal: STOP_GOAL,
        },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const createProject = (ready: PlaneReady): Promise<ProjectResponse> =>
  call(ready, "/projects", { project: { org_id: ready.orgId, name: "many" } });

async function mapConcurrently<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const [waiting, done]: [T[], R[]] = [[...all], []];
  const worker = async () => {
    while (waiting.length > 0) done.push(await work(waiting.shift() as T));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return done;
}

/** Postmasters whose data is below the directory, by their command lines; on Linux only. */
function countPostgres(directory: string): number {
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
