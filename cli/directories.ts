import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory and what is missing above it, or nothing. Not with `recursive` of mkdir: Node.js 20 never ends where the system refuses a
 * directory with ENOENT, as below /proc.
 * @param mode of every directory that it makes; the umask decides when omitted
 * @returns the topmost that it made; undefined when the directory is there
 * @throws the system's own error, naming the path
 */
export async function makeDirectory(path: string, mode?: number): Promise<string | undefined> {
  const directory = resolve(path);
  if (await isThere(directory)) return undefined;
  const above = await makeDirectory(dirname(directory), mode);
  try {
    await mkdir(directory, { mode });
  } catch (error) {
    // Another has made it in between.
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await isThere(directory))) return above;
    if (above !== undefined) await removeEmpty(dirname(directory), above);
    throw error;
  }
  return above ?? directory;
}

/** Removes the directory and its parents up to `last`; what others have put into one of them keeps it. */
export async function removeEmpty(directory: string, last: string): Promise<void> {
  for (let folder = directory; folder.length >= last.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
