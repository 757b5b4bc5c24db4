import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { PalisadeError } from "../contract/errors.js";
import { replaceFile } from "./durableFile.js";

const OTHERS = 0o077;

/**
 * The text of a file with secrets, or `undefined` where there is none.
 * @throws PAL_KEYRING when it is a link, belongs to another user, or others may open it: it was not made by this program
 */
export async function readSecretFile(path: string): Promise<string | undefined> {
  const file = await openOwn(path);
  if (file === undefined) return undefined;
  try {
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/**
 * Replaces the file as a whole, durably, and overwrites what it was: on a file system that writes in place, a key that left the file is gone
 * from the disk, too.
 */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const before = await openOwn(path, constants.O_RDWR);
  try {
    await replaceFile(path, (file) => file.writeFile(text));
    if (before === undefined) return;
    const { size } = await before.stat();
    await before.write(Buffer.alloc(size), 0, size, 0);
    await before.sync();
  } finally {
    await before?.close();
  }
}

async function openOwn(path: string, flags: number = constants.O_RDONLY): Promise<FileHandle | undefined> {
  const file = await open(path, flags | constants.O_NOFOLLOW).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new PalisadeError("PAL_KEYRING", code === "ELOOP" ? `${path} is a link` : `${path}: ${code ?? String(error)}`);
  });
  if (file === undefined) return undefined;
  try {
    const { uid, mode } = await file.stat();
    if (uid === process.getuid?.() && (mode & OTHERS) === 0) return file;
    throw new PalisadeError("PAL_KEYRING", `${path} belongs to another user, or others may open it`);
  } catch (error) {
    await file.close();
    throw error;
  }
}
