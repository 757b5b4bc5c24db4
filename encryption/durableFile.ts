import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Exclusive creation: fails where anything exists, and follows no link. */
const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Replaces a file as a whole, durably: a draft beside it (mode 0600, a name that nobody can foresee), flushed, renamed, and its directory flushed.
 * A crash at any step leaves the file as it was, or as it is to be, and at most a draft.
 */
export async function replaceFile(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString("hex")}${DRAFT_SUFFIX}`;
  try {
    const file = await open(draft, EXCLUSIVE, 0o600);
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await flushDirectory(dirname(path));
}

/** Of what a crash may leave. */
export const DRAFT_SUFFIX = ".draft";

/** What was renamed in it is there after a power cut, too. */
export async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
