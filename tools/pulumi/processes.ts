import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** Whether a process exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Kills every process of this user whose environment holds exactly `name=value`; returns how many there were. */
export async function killByEnvironment(name: string, value: string): Promise<number> {
  const entry = `${name}=${value}`;
  const pids = process.platform === "linux" ? await listFromProc(entry) : await listFromPs(entry);
  for (const pid of pids) {
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
  }
  return pids.length;
}

async function listFromProc(entry: string): Promise<number[]> {
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")));
  return pids.filter((_, index) => environments[index]?.split("\0").includes(entry));
}

/** Elsewhere, as on macOS, `ps` shows the environment behind the command. */
async function listFromPs(entry: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axEww", "-o", "pid=,command="], { maxBuffer: 64 * 1024 * 1024 });
  const lines = stdout.split("\n").filter((line) => line.split(" ").includes(entry));
  return lines.map((line) => Number.parseInt(line, 10));
}
