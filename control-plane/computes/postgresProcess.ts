import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { WITHOUT_CORE_DUMPS } from "../coreDumps.js";
import { toSpawnIdentity } from "./postgresInstallation.js";
import type { Address, ClusterSetup } from "./clusterSetup.js";

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
  "wal_level=replica",
  // One for each read-only compute of the branch.
  "max_wal_senders=16",
  "log_min_messages=warning",
  "log_line_prefix=",
];

/** The log line by which Postgres reports that it is ready, and the deadline for it. */
export interface ReadyCriterion {
  words: string;
  deadlineMs: number;
}

const WRITABLE: ReadyCriterion = { words: "database system is ready to accept connections", deadlineMs: START_DEADLINE_MS };
/** As a standby. */
export const READABLE: ReadyCriterion = { ...WRITABLE, words: "database system is ready to accept read-only connections" };

/** One running Postgres on one data directory. */
export class PostgresProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly address: Address,
    /** Settles when the process has exited, whoever ended it. */
    readonly exited: Promise<void>,
  ) {}

  /** @throws PAL_COMPUTE with the end of Postgres' log */
  static async start(
    { postgres, orphanReaper: guard, settings: common }: ClusterSetup,
    directory: string,
    address: Address,
    extra: readonly string[] = [],
    until = WRITABLE,
  ): Promise<PostgresProcess> {
    await endOrphan(directory);
    const settings = [
      ...SETTINGS,
      ...common,
      `unix_socket_directories=${address.socketDirectory}`,
      ...(postgres.major >= 18 ? ["io_method=sync"] : []),
      ...extra,
    ];
    const [shell, ...script] = WITHOUT_CORE_DUMPS;
    const child = spawn(
      shell,
      [
        ...script,
        join(postgres.bin, "postgres"),
        "-D",
        directory,
        "-p",
        String(address.port),
        ...settings.flatMap((setting) => ["-c", setting]),
      ],
      {
        ...toSpawnIdentity(postgres.runAs),
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
    const { pid } = child;
    if (pid !== undefined) {
      guard.watch(pid);
      void gone.then(() => {
        guard.remove(pid);
      });
    }
    try {
      await waitUntilReady(child, words, directory, until);
    } catch (error) {
      if (child.kill("SIGQUIT")) await gone;
      throw error;
    }
    return new PostgresProcess(child, address, gone);
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** Fast shutdown: sessions are ended, everything committed is on disk. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGINT");
    const late = delay(STOP_DEADLINE_MS, "late", { ref: false });
    if ((await Promise.race([this.exited, late])) === "late") this.child.kill("SIGQUIT");
    await this.exited;
  }
}

async function waitUntilReady(child: ChildProcess, words: string[], directory: string, until: ReadyCriterion): Promise<void> {
  const failure = (why: string) =>
    new PalisadeError("PAL_COMPUTE", `Postgres in ${directory} ${why}${words.length > 0 ? `: ${words.slice(-LOG_TAIL).join(" | ")}` : ""}`);
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve, reject) => {
    timer = setTimeout(() => {
      reject(failure("was not ready in time"));
    }, until.deadlineMs);
    child.once("error", (error) => {
      reject(failure(`does not start (${error.message})`));
    });
    // Not before the end of its log has been read.
    child.once("close", (code, signal) => {
      reject(failure(`ended with ${code ?? String(signal)} at its start`));
    });
    createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
      words.push(line);
      if (words.length > LOG_TAIL) words.shift();
      if (line.includes(until.words)) resolve();
    });
  }).finally(() => {
    clearTimeout(timer);
  });
}

/** A postmaster that outlived a killed plane would keep the directory: it is ended, if it really is one of this directory. */
export async function endOrphan(directory: string): Promise<void> {
  const pid = Number(readIfPresent(join(directory, "postmaster.pid"))?.split("\n")[0]);
  if (!(pid > 0) || !readIfPresent(`/proc/${pid}/cmdline`)?.split("\0").includes(directory)) return;
  sendSignal(pid, "SIGINT");
  const deadline = Date.now() + STOP_DEADLINE_MS;
  while (sendSignal(pid, 0)) {
    if (Date.now() > deadline) sendSignal(pid, "SIGKILL");
    await delay(POLL_MS);
  }
}

function sendSignal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Postgres' own module writes the archive: no shell, and a file is there whole or not at all. */
export const toArchiveSettings = (archive: string | undefined): string[] =>
  archive === undefined
    ? ["archive_mode=off"]
    : ["archive_mode=on", "archive_library=basic_archive", `basic_archive.archive_directory=${archive}`];
