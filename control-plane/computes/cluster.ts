import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { Guard } from "./guard.js";
import { identity, type Postgres } from "./postgres.js";

/** Where a running cluster listens. */
export interface Address {
  /** Folder of the Unix socket; nothing listens on the network. */
  socketDirectory: string;
  /** Part of the socket's name only. */
  port: number;
}

/** Milliseconds. A start after a crash replays the log since the last checkpoint (at most some hundred MB here). */
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 15_000;
const POLL_MS = 20;
/** Lines of Postgres' own log that go into an error. */
const LOG_TAIL = 8;

/** For a plane with many computes on one machine: 19 MB each instead of 30 (measured), and no background work that nobody asked for. */
const SETTINGS = [
  "listen_addresses=",
  "unix_socket_permissions=0700",
  "shared_buffers=16MB",
  "jit=off",
  "max_connections=104",
  "superuser_reserved_connections=4",
  "max_logical_replication_workers=0",
  "log_min_messages=warning",
  "log_line_prefix=",
];

/** One running Postgres on one data directory. */
export class Running {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: Address,
    /** Settles when the process is gone, whoever ended it. */
    readonly gone: Promise<void>,
  ) {}

  /** @throws PAL_COMPUTE with Postgres' own last words */
  static async start(
    postgres: Postgres,
    directory: string,
    address: Address,
    guard: Guard,
    extra: readonly string[] = [],
  ): Promise<Running> {
    await endOrphan(directory);
    const settings = [
      ...SETTINGS,
      `unix_socket_directories=${address.socketDirectory}`,
      ...(postgres.major >= 18 ? ["io_method=sync"] : []),
      ...extra,
    ];
    const child = spawn(
      join(postgres.bin, "postgres"),
      ["-D", directory, "-p", String(address.port), ...settings.flatMap((setting) => ["-c", setting])],
      {
        ...identity(postgres.runAs),
        stdio: ["ignore", "ignore", "pipe"],
        env: { PATH: process.env["PATH"], LC_ALL: "C" },
        // Ctrl-C in a terminal is for the plane, which stops its computes in order.
        detached: true,
      },
    );
    const words: string[] = [];
    const gone = new Promise<void>((done) =>
      child.once("exit", () => {
        done();
      }),
    );
    try {
      await ready(child, words, directory);
    } catch (error) {
      child.kill("SIGQUIT");
      throw error;
    }
    const pid = child.pid as number;
    guard.watch(pid);
    void gone.then(() => {
      guard.forget(pid);
    });
    return new Running(child, address, gone);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Fast shutdown: sessions are ended, everything committed is on disk. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGINT");
    const late = delay(STOP_DEADLINE_MS, "late", { ref: false });
    if ((await Promise.race([this.gone, late])) === "late") this.child.kill("SIGQUIT");
    await this.gone;
  }
}

async function ready(child: ChildProcess, words: string[], directory: string): Promise<void> {
  const failure = (why: string) =>
    new PalisadeError("PAL_COMPUTE", `Postgres in ${directory} ${why}${words.length > 0 ? `: ${words.slice(-LOG_TAIL).join(" | ")}` : ""}`);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(failure("was not ready in time"));
    }, START_DEADLINE_MS);
    child.once("error", (error) => {
      reject(failure(`does not start (${error.message})`));
    });
    child.once("exit", (code, signal) => {
      reject(failure(`ended with ${code ?? String(signal)} at its start`));
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      words.push(line);
      if (words.length > LOG_TAIL) words.shift();
      if (!line.includes("database system is ready to accept connections")) return;
      clearTimeout(timer);
      resolve();
    });
    child.once("exit", () => {
      clearTimeout(timer);
    });
  });
}

/** A postmaster that outlived a killed plane would keep the directory: it is ended, if it really is one of this directory. */
async function endOrphan(directory: string): Promise<void> {
  const pid = Number(read(join(directory, "postmaster.pid"))?.split("\n")[0]);
  if (!(pid > 0) || !read(`/proc/${pid}/cmdline`)?.split("\0").includes(directory)) return;
  signal(pid, "SIGINT");
  const deadline = Date.now() + STOP_DEADLINE_MS;
  while (signal(pid, 0)) {
    if (Date.now() > deadline) signal(pid, "SIGKILL");
    await delay(POLL_MS);
  }
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
