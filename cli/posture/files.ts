import { constants, type Dirent } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { randomUUID } from "node:crypto";
import { PalisadeError } from "../../contract/errors.js";
import { parsePastRun, type PastRun, type RunSubject } from "../../review/posture/history.js";
import { type ExportedFindings, readExports } from "../../review/posture/exportedFindings.js";
import { makeDirectory } from "../directories.js";
import { readInputChunks } from "../inputFile.js";

/** Files of a history by their time, to the millisecond. */
const RUN_FILE = /^posture-\d{8}T\d{9}Z\.json$/;
/** The newest so many count: a run a day for three years. */
const MOST_RUNS = 1_000;
const MOST_RUN_BYTES = 64 * 1024 * 1024;

/**
 * Earlier runs about the same, the oldest first. None where the folder is not there yet.
 * @throws PAL_BAD_HISTORY, also for a folder or a file that others may write
 */
export async function readHistory(directory: string, subject: RunSubject): Promise<PastRun[]> {
  const folder = await openOwn(directory, constants.O_DIRECTORY).catch(ignoreAbsent);
  if (!folder) return [];
  await folder.close();
  const entries: Dirent[] = await readdir(directory, { withFileTypes: true });
  const names = entries.map(({ name }) => name).filter((name) => RUN_FILE.test(name));
  const runs: PastRun[] = [];
  for (const name of names.sort().slice(-MOST_RUNS)) {
    const run = parsePastRun(name, await readOwn(join(directory, name)), subject);
    if (run) runs.push(run);
  }
  return runs.sort((a, b) => a.atMs - b.atMs);
}

async function readOwn(file: string): Promise<string> {
  const handle = await openOwn(file, 0);
  try {
    if ((await handle.stat()).size > MOST_RUN_BYTES)
      throw new PalisadeError("PAL_BAD_HISTORY", `${file} is larger than ${MOST_RUN_BYTES} bytes`);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** Deadlines rest on these: they are this user's or root's alone, and no link leads to them. */
async function openOwn(path: string, kind: number) {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | kind).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "ELOOP" ? new PalisadeError("PAL_BAD_HISTORY", `${path} is a link`) : error;
  });
  const found = await handle.stat();
  const problem =
    (found.mode & 0o022) !== 0
      ? "others may write it"
      : ![0, process.getuid?.() ?? 0].includes(found.uid)
        ? "it belongs to somebody else"
        : kind === 0 && !found.isFile()
          ? "it is no file"
          : undefined;
  if (problem === undefined) return handle;
  await handle.close();
  throw new PalisadeError("PAL_BAD_HISTORY", `${path}: ${problem}`);
}

function ignoreAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}

/** Of all files of `--findings` together. */
const MOST_EXPORT_BYTES = 64 * 1024 * 1024;

/** @throws PAL_USAGE for a path that is none, PAL_BAD_FINDINGS */
export async function readFindingFiles(paths: readonly string[]): Promise<ExportedFindings> {
  const files: { file: string; text: string }[] = [];
  let bytes = 0;
  for (const file of paths) {
    const chunks: string[] = [];
    for await (const chunk of readInputChunks("--findings", file)) {
      // Counted as it comes: a pipe has no size.
      bytes += Buffer.byteLength(chunk);
      if (bytes > MOST_EXPORT_BYTES)
        throw new PalisadeError("PAL_BAD_FINDINGS", `${file}: the files together are larger than ${MOST_EXPORT_BYTES} bytes`);
      chunks.push(chunk);
    }
    files.push({ file, text: chunks.join("") });
  }
  return readExports(files);
}

/**
 * Adds a run to a history, which it makes for this user alone.
 * @param at RFC 3339 with milliseconds @throws PAL_BAD_HISTORY for a run that no later one could read
 */
export async function saveRun(directory: string, at: string, text: string): Promise<string> {
  if (Buffer.byteLength(text) > MOST_RUN_BYTES)
    throw new PalisadeError("PAL_BAD_HISTORY", `this run is larger than ${MOST_RUN_BYTES} bytes, so it was not added to ${directory}`);
  await makeDirectory(directory, 0o700);
  const file = join(directory, `posture-${at.replace(/[-:.]/g, "")}.json`);
  await writeWholeFile(file, text);
  return file;
}

/** Whole or not at all, for this user alone, in the place of what was there; a link there is replaced and not followed. */
export async function writeWholeFile(path: string, text: string): Promise<void> {
  const file = resolve(path);
  const draft = join(dirname(file), `.palisade-${randomUUID()}`);
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const handle = await open(draft, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(text);
    await handle.close();
    await rename(draft, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}
