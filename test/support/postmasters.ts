import { execFileSync } from "node:child_process";

/** Process ids of every Postgres whose data lies below the directory. */
export function postmasters(directory: string): number[] {
  const lines = execFileSync("ps", ["-axww", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const found = lines
    .filter((line) => line.includes(`/postgres -D ${directory}`))
    .map((line) => line.trim().split(/\s+/).slice(0, 2).map(Number));
  const pids = found.map(([pid = 0]) => pid);
  // A child that was just forked still has its parent's name.
  return found.filter(([, parent = 0]) => !pids.includes(parent)).map(([pid = 0]) => pid);
}
