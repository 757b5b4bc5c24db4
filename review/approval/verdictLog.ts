import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readFile, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { canonicalizeJson } from "../../contract/canonicalJson.js";
import { findOtherWriter, assertOwnPath, resolveLinks } from "./ownPath.js";

/** One verdict of a guarded run. */
export const VerdictEntry = z.strictObject({
  /** From 1. */
  number: z.number().int().min(1),
  /** SHA-256 of the line before, in hex; of nothing for the first. */
  previous: z.string(),
  at: z.iso.datetime(),
  stack: z.string(),
  commit: z.string(),
  tree: z.string(),
  delta: z.string(),
  state: z.string(),
  live: z.string(),
  verdict: z.string(),
  /** Who approved, where somebody had to. */
  signer: z.string().optional(),
  /** SHA-256 of that approval; runs of one approval have the same. */
  approval: z.string().optional(),
  /** `refused`, `started`, `applied` or `failed`, and why. */
  outcome: z.enum(["refused", "started", "applied", "failed"]),
  why: z.string().optional(),
});
export type VerdictEntry = z.output<typeof VerdictEntry>;

const FIRST = "0".repeat(64);
const computeHash = (line: string): string => createHash("sha256").update(line).digest("hex");

/** Every entry, with its hash chain verified. A truncated tail cannot be detected from the file alone. Throws PAL_LOG_BROKEN. */
export async function readLog(file: string): Promise<VerdictEntry[]> {
  const lines = (await readText(file)).split("\n").slice(0, -1);
  let previous = FIRST;
  return lines.map((line, index) => {
    const read = VerdictEntry.safeParse(parseJson(line, file, index));
    if (!read.success) throw createBrokenLogError(file, index, "it is not a verdict");
    if (read.data.previous !== previous || read.data.number !== index + 1)
      throw createBrokenLogError(file, index, "it does not follow the line before");
    previous = computeHash(line);
    return read.data;
  });
}

/**
 * Where the log lies, its links followed, once its directory exists and nobody else can change either.
 * Throws PAL_OPEN_TO_OTHERS.
 */
export async function ensureLogPath(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const log = resolveLinks(file);
  // New files come beside the log: there, the sticky bit of /tmp is not enough.
  assertOwnPath(dirname(log));
  const fault = await open(log, constants.O_RDONLY | constants.O_NOFOLLOW).then(
    async (handle) => {
      await handle.close();
      return findOtherWriter(log);
    },
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    },
  );
  if (fault !== undefined) throw new PalisadeError("PAL_OPEN_TO_OTHERS", fault);
  return log;
}

/**
 * Adds an entry, one writer at a time; an appended line is on disk before this resolves. Throws PAL_LOG_BROKEN where the log does not hold
 * together already, PAL_LOG_BUSY, PAL_OPEN_TO_OTHERS.
 */
export async function appendLog(file: string, entry: Omit<VerdictEntry, "number" | "previous">): Promise<void> {
  const log = await ensureLogPath(file);
  await runLocked(log, async () => {
    const number = (await readLog(log)).length + 1;
    const last = (await readText(log)).trimEnd().split("\n").at(-1) ?? "";
    const line = canonicalizeJson({ ...entry, number, previous: last === "" ? FIRST : computeHash(last) });
    const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
    const handle = await open(log, O_APPEND | O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
    try {
      await handle.write(`${line}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** An append takes milliseconds; the rest is for many at once, and for a slow disk. */
const LOCK_WAIT_MS = 30_000;
const LOCK_RETRY_MS = 10;

/** Two writers would give two entries one number. The lock is a file that only one can make; one that is left behind is never broken by itself. */
async function runLocked(log: string, work: () => Promise<void>, end = Date.now() + LOCK_WAIT_MS): Promise<void> {
  const file = `${log}.lock`;
  for (;;) {
    try {
      await (await open(file, "wx", 0o600)).close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (Date.now() > end) throw new PalisadeError("PAL_LOG_BUSY", file);
      await wait(LOCK_RETRY_MS);
    }
  }
  await work().finally(() => unlink(file));
}

const createBrokenLogError = (file: string, index: number, why: string) =>
  new PalisadeError("PAL_LOG_BROKEN", `${file}, line ${index + 1}: ${why}`);

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
}

function parseJson(line: string, file: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw createBrokenLogError(file, index, "it is not JSON");
  }
}
