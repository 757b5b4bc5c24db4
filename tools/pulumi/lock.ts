import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { ToolchainProblem, getSystemCode } from "./toolchainProblem.js";

export interface LockOptions {
  /** Gets one line when another process holds the lock. */
  log: (line: string) => void;
  /** Aborting ends the wait. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs `body` while holding a lock file, after waiting for another holder to finish.
 * The lock only saves work: what it guards must be safe without it, since a holder that was suspended may lose it.
 */
export async function withLock<T>(file: string, options: LockOptions, body: () => Promise<T>): Promise<T> {
  await acquire(file, options);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined); // removed by hand: nothing to keep fresh
  }, HEARTBEAT_MS);
  try {
    return await body();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

/** How often a holder renews the lock file. */
const HEARTBEAT_MS = 5_000;

/** A holder silent for so long is gone, whatever its pid says: containers use the same few pids again. */
const SILENT_MS = 60_000;

const POLL_MS = 250;

/** Longer than a first build on one slow core. */
const WAIT_LIMIT_MS = 60 * 60_000;

async function acquire(file: string, { log, signal }: LockOptions): Promise<void> {
  const deadline = Date.now() + WAIT_LIMIT_MS;
  for (let announced = false; ;) {
    signal?.throwIfAborted();
    if (await tryAcquire(file)) return;
    const holder = await findHolder(file);
    if (holder === undefined) continue;
    if (holder.gone) {
      await rm(file, { force: true });
      continue;
    }
    if (!announced) log(`waiting for process ${holder.pid}, which is getting the same Pulumi CLI (lock file ${file})`);
    announced = true;
    if (Date.now() > deadline) throw new ToolchainProblem(`process ${holder.pid} holds ${file} for too long: end it or remove the file`);
    await pause(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
}

async function tryAcquire(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (getSystemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Who holds the lock; undefined when it was let go meanwhile. */
async function findHolder(file: string): Promise<{ pid: number; gone: boolean } | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    const pid = Number.parseInt(text, 10);
    return { pid, gone: Date.now() - mtimeMs > SILENT_MS || (pid > 0 && !isAlive(pid)) };
  } catch (error) {
    if (getSystemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return getSystemCode(error) === "EPERM"; // somebody else's process
  }
}
