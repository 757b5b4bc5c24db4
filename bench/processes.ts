import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readlinkSync } from "node:fs";

/** What /proc tells of processes: Linux alone has it. */

/** MiB. A process that has ended by now takes none. */
export const readTotalPss = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + readPss(pid), 0) / 1_024;

function readPss(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}

/** Empty where the process has ended, or belongs to somebody else. */
export function readWorkingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

/** Resolves when it has ended; at once where it has already. */
export async function stopProcess(child: ChildProcess, signal: "SIGTERM" | "SIGINT"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}
