import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { formatErrorMessage, PalisadeError } from "../contract/errors.js";

/** The text of a file that an option names. Throws PAL_USAGE, which names the option. */
export async function readInputFile(option: string, path: string): Promise<string> {
  await assertReadable(option, path);
  return readFile(path, "utf8").catch((error: unknown) => {
    throw createUnusableFileError(option, path, error);
  });
}

/** The same, piece by piece; `-` is standard input. */
export async function* readInputChunks(option: string, path: string): AsyncGenerator<string> {
  if (path !== "-") await assertReadable(option, path);
  const stream = path === "-" ? process.stdin : createReadStream(path);
  try {
    for await (const chunk of stream.setEncoding("utf8")) yield chunk as string;
  } catch (error) {
    throw createUnusableFileError(option, path, error);
  }
}

/** A pipe may be given, as the shell's `<(…)` is; a device may have no end. */
export async function assertReadable(option: string, path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw createUnusableFileError(option, path, error);
  });
  const what = found.isDirectory() ? "a directory" : found.isCharacterDevice() || found.isBlockDevice() ? "a device" : undefined;
  if (what !== undefined) throw new PalisadeError("PAL_USAGE", `${option}: ${path} is ${what}, not a file`);
}

const REASONS: Readonly<Record<string, string>> = { ENOENT: "does not exist", ENOTDIR: "does not exist", EACCES: "may not be read" };

function createUnusableFileError(option: string, path: string, error: unknown): PalisadeError {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ""];
  return new PalisadeError("PAL_USAGE", reason === undefined ? `${option}: ${formatErrorMessage(error)}` : `${option}: ${path} ${reason}`);
}
