import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, readdir, rm } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { formatErrorMessage, PalisadeError } from "../../../contract/errors.js";
import { DRAFT_SUFFIX, flushDirectory } from "../../../encryption/durableFile.js";
import { readFrom, writeAll } from "../../../encryption/fileBytes.js";
import { makeDirectory } from "../../directories.js";
import type { ObjectStore } from "./objectStore.js";

/** Folders 0700, files 0600. No link is followed on the way from the directory to an object: others may have planted one. */
export function openDirectoryStore(directory: string): ObjectStore {
  const root = resolve(directory);
  const name = `directory ${root}`;
  const attempt = async <R>(object: string, work: () => Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PalisadeError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new PalisadeError("PAL_BACKUP_STORE", `${name}, ${object || "its objects"}: ${formatErrorMessage(error)}`);
    }
  };
  const writeNew = async (object: string, write: (file: FileHandle) => Promise<void>): Promise<boolean> => {
    const path = join(root, object);
    await assertNoLink(root, object);
    await makeDirectory(dirname(path), 0o700);
    const draft = `${path}.${randomBytes(8).toString("hex")}${DRAFT_SUFFIX}`;
    try {
      const file = await open(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
      try {
        await write(file);
        await file.sync();
      } finally {
        await file.close();
      }
      // Unlike a rename it replaces nothing.
      await link(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    } finally {
      await rm(draft, { force: true });
    }
    await flushDirectory(dirname(path));
    return true;
  };
  const openForReading = async (object: string): Promise<FileHandle> => {
    await assertNoLink(root, object);
    return open(join(root, object), constants.O_RDONLY | constants.O_NOFOLLOW);
  };
  return {
    name,
    async putStream(object, source) {
      if (!(await attempt(object, () => writeNew(object, (file) => writeAll(file, source)))))
        throw new PalisadeError("PAL_BACKUP_STORE", `${name} has ${object} already`);
    },
    putNew: (object, bytes) => attempt(object, () => writeNew(object, (file) => file.writeFile(bytes))),
    get: (object, most) =>
      attempt(object, async () => {
        const file = await openForReading(object).catch((error: unknown) => {
          if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
          throw error;
        });
        if (file === undefined) return undefined;
        try {
          if ((await file.stat()).size > most) throw new PalisadeError("PAL_BACKUP_STORE", `${object} in ${name} is too large`);
          return await file.readFile();
        } finally {
          await file.close();
        }
      }),
    async *read(object) {
      const file = await attempt(object, () => openForReading(object));
      try {
        yield* readFrom(file, 0);
      } finally {
        await file.close();
      }
    },
    list: (beginning) =>
      attempt("", async () => {
        const found = await listFiles(root, "");
        return found.filter((object) => object.startsWith(beginning) && !object.endsWith(DRAFT_SUFFIX));
      }),
    remove: (object) =>
      attempt(object, async () => {
        await assertNoLink(root, object);
        await rm(join(root, object), { force: true });
      }),
    // What the file system keeps below it nobody can be asked.
    keepsVersions: () => Promise.resolve(undefined),
  };
}

async function listFiles(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  const found: string[] = [];
  for (const entry of entries) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(root, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found;
}

/** @throws PAL_BACKUP_STORE where a part of the way below the root is a link, or where the object itself is none of ours */
async function assertNoLink(root: string, object: string): Promise<void> {
  for (let path = object; path !== "."; path = dirname(path)) {
    const found = await lstat(join(root, path)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    });
    if (found?.isSymbolicLink()) throw new PalisadeError("PAL_BACKUP_STORE", `${join(root, path)} is a link`);
  }
}
