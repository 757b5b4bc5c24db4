import { type ChildProcess, spawn } from "node:child_process";

/** Keeps a list of processes; when its input ends, however this process ended, it stops them (SIGINT: Postgres's fast shutdown). */
const SCRIPT = `
while read -r sign pid; do
  if [ "$sign" = + ]; then set -- "$@" "$pid"; continue; fi
  count=$#
  while [ "$count" -gt 0 ]; do
    first=$1; shift
    [ "$first" = "$pid" ] || set -- "$@" "$first"
    count=$((count - 1))
  done
done
for pid; do kill -INT "$pid"; done`;

/** One small process for all computes of a plane: a plane killed by SIGKILL leaves no Postgres behind. */
export class OrphanReaper {
  private readonly child: ChildProcess;

  constructor() {
    // In a process group of its own: Ctrl-C must reach the plane first.
    this.child = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    this.child.unref();
    this.child.stdin?.on("error", () => undefined);
  }

  watch(pid: number): void {
    this.child.stdin?.write(`+ ${pid}\n`);
  }

  remove(pid: number): void {
    this.child.stdin?.write(`- ${pid}\n`);
  }

  /** Ends it together with what it still watches. */
  async close(): Promise<void> {
    const ended = new Promise((done) => this.child.once("exit", done));
    this.child.ref();
    this.child.stdin?.end();
    if (this.child.exitCode === null) await ended;
  }
}
