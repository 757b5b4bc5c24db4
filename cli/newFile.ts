import { constants, lstat, open } from "node:fs/promises";
import { PalisadeError } from "../contract/errors.js";

const createExistsError = (option: string, file: string) =>
  new PalisadeError("PAL_USAGE", `${option}: ${file} exists, and is never overwritten: name another file`);
const getErrorCode = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** Throws PAL_USAGE where there is a file of that name, or a link: before hundreds of calls, not after them. */
export async function assertNewFile(option: string, file: string): Promise<void> {
  const found = await lstat(file).catch((error: unknown) => {
    if (getErrorCode(error) !== "ENOENT") throw error;
  });
  if (found) throw createExistsError(option, file);
}

/** Writes a new file for this user alone; it follows no link. Throws PAL_USAGE where there is a file of that name, whatever it is. */
export async function writeNewFile(option: string, file: string, text: string): Promise<void> {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const handle = await open(file, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600).catch((error: unknown) => {
    throw getErrorCode(error) === "EEXIST" ? createExistsError(option, file) : error;
  });
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}
