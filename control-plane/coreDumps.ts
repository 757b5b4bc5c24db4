import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

/** For a program that is started by a shell: its limit, and that of all it starts. POSIX. */
export const WITHOUT_CORE_DUMPS = ["/bin/sh", "-c", 'ulimit -c 0 && exec "$0" "$@"'] as const;

/**
 * A dump of this process would have keys and rows in it: its limit becomes 0, and with it that of what it starts afterwards. Where there is no
 * `prlimit` (it is Linux's) the limit stays as whoever started the plane has set it, which the status tells.
 */
export async function limitCoreDumps(): Promise<void> {
  if (areCoreDumpsOff()) return;
  await promisify(execFile)("prlimit", ["--pid", String(process.pid), "--core=0:0"]).catch(() => undefined);
}

/** By the limits of this process; unknown counts as not. */
export function areCoreDumpsOff(): boolean {
  try {
    return /^Max core file size +0 +0 /m.test(readFileSync("/proc/self/limits", "utf8"));
  } catch {
    return false;
  }
}
