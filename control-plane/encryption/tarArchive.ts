import { constants, type Stats } from "node:fs";
import { type FileHandle, lchown, lstat, mkdir, open, readdir, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { PalisadeError } from "@palisade/neon/contract/errors";
import { type Extract, extract as newExtract, type Header, pack as newPack, type Pack } from "tar-stream";

type Entry = Extract extends AsyncIterable<infer One> ? One : never;
/** What is used of the streams of tar-stream, which are not Node's. */
interface Sink {
  readonly destroyed: boolean;
  write(data: Buffer): boolean;
  on(event: "drain" | "finish" | "close" | "error", listener: (error?: Error) => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

/** Owner of files that are made. Default: this process's user. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const READ_BYTES = 1 << 18;
const MODE_BITS = 0o777;

/**
 * A directory as a tar stream: files, directories and links, the links as such. Sockets and pipes are left out: they hold nothing.
 * Whoever owns the directory may swap a folder in it for a link meanwhile, and this process may be root: so nothing is read but what the same user
 * owns. @throws PAL_FILE for anything else, and for a file that changes while it is read
 */
export async function* packTree(directory: string): AsyncGenerator<Buffer> {
  const pack = newPack();
  const { uid } = await lstat(directory);
  const filling = packFolder(pack, directory, "", uid).then(
    () => {
      pack.finalize();
    },
    (error: unknown) => {
      pack.destroy(error as Error);
    },
  );
  try {
    for await (const chunk of pack as AsyncIterable<Buffer>) yield chunk;
  } finally {
    // A reader that stops early ends the packing, too; it lets go of its files before this does.
    pack.destroy();
    await filling;
  }
}

async function packFolder(pack: Pack, directory: string, folder: string, uid: number): Promise<void> {
  for (const found of (await readdir(join(directory, folder), { withFileTypes: true })).sort(compareNames)) {
    const name = folder === "" ? found.name : `${folder}/${found.name}`;
    const path = join(directory, name);
    if (found.isFile()) await packFile(pack, path, name, uid);
    else if (found.isDirectory()) {
      const { mode } = await statOwned(path, uid, (stats) => stats.isDirectory());
      await addEntry(pack, { name, type: "directory", mode: mode & MODE_BITS });
      await packFolder(pack, directory, name, uid);
    } else if (found.isSymbolicLink()) {
      await statOwned(path, uid, (stats) => stats.isSymbolicLink());
      await addEntry(pack, { name, type: "symlink", linkname: await readlink(path) });
    }
  }
}

const compareNames = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

/** Judged on the handle: what is behind the name by now does not matter. */
async function packFile(pack: Pack, path: string, name: string, uid: number): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.uid !== uid) throw createForeignError(path);
    const entry = pack.entry({ name, type: "file", size: stats.size, mode: stats.mode & MODE_BITS, mtime: stats.mtime });
    const ended = waitForEnd(entry);
    // Awaited below, where an error of it is not lost; until then it must not count as unhandled.
    ended.catch(() => undefined);
    for (let left = stats.size; left > 0;) {
      // Never used again by us: the sealing stream keeps it until a segment is full.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(Math.min(left, READ_BYTES)));
      if (bytesRead === 0) throw new PalisadeError("PAL_FILE", `${path} became shorter while it was read`);
      left -= bytesRead;
      await writeChunk(entry, buffer.subarray(0, bytesRead));
    }
    entry.end(null);
    await ended;
  } finally {
    await file.close();
  }
}

async function statOwned(path: string, uid: number, isKind: (stats: Stats) => boolean): Promise<Stats> {
  const stats = await lstat(path);
  if (!isKind(stats) || stats.uid !== uid) throw createForeignError(path);
  return stats;
}

const createForeignError = (path: string): PalisadeError =>
  new PalisadeError("PAL_FILE", `${path} belongs to another user, or is not what it was`);

const addEntry = (pack: Pack, header: Partial<Header> & Pick<Header, "name">): Promise<void> =>
  new Promise((resolve, reject) => {
    pack.entry(header, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });

/** Resolves when the stream takes more. @throws PAL_FILE when it takes nothing any more: no event would tell */
const writeChunk = (sink: Sink, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    if (sink.destroyed) reject(createEndedEarlyError());
    else if (sink.write(chunk)) resolve();
    else {
      const go = () => {
        sink.off("drain", go);
        sink.off("close", go);
        resolve();
      };
      sink.on("drain", go);
      sink.on("close", go);
    }
  });

const createEndedEarlyError = (): PalisadeError => new PalisadeError("PAL_FILE", "the archive ended early");

const waitForEnd = (sink: Sink): Promise<void> =>
  new Promise((resolve, reject) => {
    let isFinished = false;
    sink.on("finish", () => {
      isFinished = true;
      resolve();
    });
    sink.on("error", reject);
    sink.on("close", () => {
      // Of each file of an archive: an error that nobody sees is not made.
      if (!isFinished) reject(createEndedEarlyError());
    });
  });

/**
 * Makes in `directory`, which must be empty and closed to others, what {@link packTree} read; on the disk when it resolves.
 * Links are made last: nothing is ever made through one. @throws PAL_SEALED_DAMAGED for what packTree does not make
 */
export async function extractTree(source: AsyncIterable<Buffer>, directory: string, owner?: Owner): Promise<void> {
  const extract = newExtract();
  const feeding = feed(source, extract);
  feeding.catch(() => undefined);
  const flushing = new FlushQueue();
  const folders = [{ path: directory, mode: 0o700 }];
  const links: { path: string; target: string }[] = [];
  try {
    for await (const entry of extract) {
      const { name, type, linkname, mode } = entry.header;
      const path = join(directory, assertName(name));
      if (type === "file") await extractFile(entry, { path, mode, owner }, flushing);
      else if (type === "symlink" && linkname) links.push({ path, target: linkname });
      else if (type === "directory") {
        await mkdir(path, { mode: 0o700 });
        folders.push({ path, mode });
      } else throw new PalisadeError("PAL_SEALED_DAMAGED", `it holds a ${type}, which is never sealed`);
      entry.resume();
    }
    await feeding;
  } finally {
    extract.destroy();
    await flushing.end();
  }
  for (const { path, target } of links) {
    await symlink(target, path);
    if (owner) await lchown(path, owner.uid, owner.gid);
  }
  // The deepest first: a folder is given away when all in it is done.
  for (const folder of folders.reverse()) await finishFolder(folder, owner);
}

async function feed(source: AsyncIterable<Buffer>, extract: Extract): Promise<void> {
  try {
    for await (const chunk of source) {
      if (extract.destroyed) return;
      await writeChunk(extract, chunk);
    }
    extract.end(null);
  } catch (error) {
    extract.destroy(error as Error);
    throw error;
  }
}

/** Relative, and each part a name. */
function assertName(name: string): string {
  const parts = name.replace(/\/$/, "").split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0")))
    throw new PalisadeError("PAL_SEALED_DAMAGED", `it holds the name ${JSON.stringify(name)}, which is never sealed`);
  return parts.join("/");
}

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

async function extractFile(
  entry: Entry,
  { path, mode, owner }: { path: string; mode: number; owner: Owner | undefined },
  flushing: FlushQueue,
): Promise<void> {
  const file = await open(path, EXCLUSIVE, 0o600);
  try {
    for await (const chunk of entry as AsyncIterable<Buffer>) await file.writeFile(chunk);
    if (owner) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode & MODE_BITS);
  } catch (error) {
    await file.close();
    throw error;
  }
  await flushing.add(file);
}

async function finishFolder({ path, mode }: { path: string; mode: number }, owner: Owner | undefined): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (owner) await folder.chown(owner.uid, owner.gid);
    await folder.chmod(mode & MODE_BITS);
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Flushes and closes files behind the caller's back, a few at a time: a journal takes many in one go. */
class FlushQueue {
  private readonly running = new Set<Promise<void>>();
  private failed: { readonly error: unknown } | undefined;

  async add(file: FileHandle): Promise<void> {
    const done: Promise<void> = file
      .sync()
      .catch((error: unknown) => {
        this.failed ??= { error };
      })
      .finally(() => file.close())
      .finally(() => this.running.delete(done));
    this.running.add(done);
    if (this.running.size >= FILES_AT_ONCE) await Promise.race(this.running);
    if (this.failed) throw this.failed.error;
  }

  async end(): Promise<void> {
    await Promise.all(this.running);
    if (this.failed) throw this.failed.error;
  }
}

const FILES_AT_ONCE = 32;
