import { createHash } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { PalisadeError } from "../../contract/errors.js";
import { canonical } from "./canonical.js";

/** One verdict of a guarded run. */
export const Entry = z.strictObject({
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
  /** `refused`, `started`, `applied` or `failed`, and why. */
  outcome: z.enum(["refused", "started", "applied", "failed"]),
  why: z.string().optional(),
});
export type Entry = z.output<typeof Entry>;

const FIRST = "0".repeat(64);
const hash = (line: string): string => createHash("sha256").update(line).digest("hex");

/** Every entry, the chain proved. What is cut off the end leaves no trace in the file itself. Throws PAL_LOG_BROKEN. */
export async function readLog(file: string): Promise<Entry[]> {
  const lines = (await textOf(file)).split("\n").slice(0, -1);
  let previous = FIRST;
  return lines.map((line, index) => {
    const read = Entry.safeParse(json(line, file, index));
    if (!read.success) throw broken(file, index, "it is no verdict");
    if (read.data.previous !== previous || read.data.number !== index + 1) throw broken(file, index, "it does not follow the line before");
    previous = hash(line);
    return read.data;
  });
}

/** Adds an entry; an appended line is on disk before this resolves. Throws PAL_LOG_BROKEN where the log does not hold together already. */
export async function appendLog(file: string, entry: Omit<Entry, "number" | "previous">): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const number = (await readLog(file)).length + 1;
  const last = (await textOf(file)).trimEnd().split("\n").at(-1) ?? "";
  const line = canonical({ ...entry, number, previous: last === "" ? FIRST : hash(last) });
  const handle = await open(file, "a", 0o600);
  try {
    await handle.write(`${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const broken = (file: string, index: number, why: string) => new PalisadeError("PAL_LOG_BROKEN", `${file}, line ${index + 1}: ${why}`);

async function textOf(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  });
}

function json(line: string, file: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw broken(file, index, "it is not JSON");
  }
}
