import { rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { makeDirectory } from "../directories.js";
import { assertReadable, readInputFile } from "../inputFile.js";
import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import { type Applied, parseApplied } from "../../review/drift/appliedRecord.js";
import { type IgnoreRule, parseIgnoreRules } from "../../review/drift/ignore.js";

/** Beside the log of verdicts. */
export const getAppliedFile = (directory: string, stack: string): string =>
  join(directory, ".palisade", `applied-${stack.replace(/[^A-Za-z0-9_-]/g, "-")}.json`);

/** What was applied last; undefined where nothing is recorded. Throws PAL_BAD_APPLIED, also for a file that others may write. */
export async function readAppliedFile(file: string, stack: string): Promise<Applied | undefined> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o022) !== 0) throw new PalisadeError("PAL_BAD_APPLIED", `others may write ${file}; run chmod go-w on it`);
    text = await readInputFile("--applied", file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const applied = parseApplied(text);
  if (applied.stack !== stack) throw new PalisadeError("PAL_BAD_APPLIED", `${file} is of stack ${applied.stack}, not of ${stack}`);
  return applied;
}

/** Whole or not at all, and for this user alone. */
export async function writeApplied(file: string, applied: Applied): Promise<void> {
  await makeDirectory(dirname(file), 0o700);
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(applied)}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

const MOST_IGNORE_BYTES = 1024 * 1024;

/** Rules of a YAML or JSON file. @param option that names the file @throws PAL_USAGE for a path that is none, PAL_BAD_IGNORE */
export async function readIgnoreRules(file: string, option = "--ignore"): Promise<IgnoreRule[]> {
  await assertReadable(option, file);
  try {
    if ((await stat(file)).size > MOST_IGNORE_BYTES)
      throw new PalisadeError("PAL_BAD_IGNORE", `${file} is larger than ${MOST_IGNORE_BYTES} bytes`);
    return parseIgnoreRules(parse(await readInputFile(option, file)));
  } catch (error) {
    throw error instanceof PalisadeError ? error : new PalisadeError("PAL_BAD_IGNORE", formatErrorMessage(error));
  }
}
