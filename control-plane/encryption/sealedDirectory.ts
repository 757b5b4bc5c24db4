import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { SealContext } from "@palisade/neon/encryption/sealContext";
import { DRAFT_SUFFIX, flushDirectory, replaceFile } from "@palisade/neon/encryption/durableFile";
import type { Sealer } from "./erasureKeys.js";
import { readFrom, writeAll } from "@palisade/neon/encryption/fileBytes";
import { parseHeaderLength, MAX_HEADER_BYTES, PREAMBLE_BYTES, buildStreamAssociatedData } from "@palisade/neon/encryption/header";
import { createOpeningStream, createSealingStream } from "@palisade/neon/encryption/sealedStream";
import { extractTree, type Owner, packTree } from "./tarArchive.js";

/**
 * Seals a directory into a file (0600), which is there whole or not at all, and on the disk when this resolves; one that is there is replaced.
 * The directory itself stays, and must not change meanwhile. Memory is bounded, whatever its size.
 * @throws KeyFailure, and PAL_FILE for a directory that holds what is not its owner's
 */
export function sealDirectory(keys: Sealer, directory: string, to: string, context: SealContext, signal?: AbortSignal): Promise<void> {
  return sealStream(keys, packTree(directory), to, context, { signal });
}

/** How a sealed file is made. */
interface SealOptions {
  /** Ends it early; nothing is there then. */
  readonly signal?: AbortSignal | undefined;
  /** Of the file, when it is not the present. */
  readonly modifiedAt?: Date;
}

function sealStream(keys: Sealer, source: AsyncIterable<Buffer>, to: string, context: SealContext, how: SealOptions): Promise<void> {
  const { signal, modifiedAt } = how;
  return keys.useNewDataKey(context, (dataKey, header) =>
    replaceFile(to, async (file) => {
      await file.writeFile(header);
      const write = (sealed: AsyncIterable<Buffer>) => writeAll(file, sealed);
      await pipeline(source, createSealingStream(dataKey, buildStreamAssociatedData(context)), write, ...(signal ? [{ signal }] : []));
      if (modifiedAt) await file.utimes(modifiedAt, modifiedAt);
    }),
  );
}

/**
 * Seals one file as it is, without an archive around it; the sealed one keeps its date. It may lie where others write: it must be a file and
 * belong to `owner` (default: this process's user). @throws KeyFailure, PAL_FILE
 */
export async function sealFile(keys: Sealer, path: string, to: string, context: SealContext, owner?: Owner): Promise<void> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.uid !== (owner?.uid ?? process.getuid?.()))
      throw new PalisadeError("PAL_FILE", `${path} belongs to another user, or is no file`);
    await sealStream(keys, readFrom(file, 0), to, context, { modifiedAt: stats.mtime });
  } finally {
    await file.close();
  }
}

/** Writes what a sealed file holds to the handle. @throws as {@link openSealedDirectory}; what is written by then is to be thrown away */
export async function openSealedFile(keys: Sealer, from: string, to: FileHandle, expected: SealContext): Promise<void> {
  await openStream(keys, from, expected, (plaintext) => writeAll(to, plaintext));
}

/** Whether the sealed file opens as what it must be: its key alone is tried. @throws as {@link openSealedDirectory} */
export async function assertOpens(keys: Sealer, from: string, expected: SealContext): Promise<void> {
  const file = await openFile(from);
  try {
    await keys.useDataKey(await readHeaderBytes(file), expected, () => Promise.resolve());
  } finally {
    await file.close();
  }
}

/**
 * Opens a sealed file into a directory, which is there whole or not at all, and on the disk when this resolves. Its parent must be the plane's own.
 * The sealed file stays.
 * @param expected what it must be the sealed form of
 * @throws KeyFailure, PAL_SEALED_DAMAGED, PAL_SEALED_NEWER, PAL_ERASED, and PAL_FILE where anything is at `directory`
 */
export async function openSealedDirectory(
  keys: Sealer,
  from: string,
  directory: string,
  expected: SealContext,
  owner?: Owner,
): Promise<void> {
  await assertAbsent(directory);
  const draft = `${directory}.${randomBytes(8).toString("hex")}${DRAFT_SUFFIX}`;
  try {
    await openStream(keys, from, expected, async (plaintext) => {
      await mkdir(draft, { mode: 0o700 });
      await extractTree(plaintext, draft, owner);
    });
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  await flushDirectory(dirname(directory));
}

async function openStream(
  keys: Sealer,
  from: string,
  expected: SealContext,
  take: (plaintext: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const file = await openFile(from);
  try {
    const header = await readHeaderBytes(file);
    await keys.useDataKey(header, expected, (dataKey) =>
      pipeline(readFrom(file, header.length), createOpeningStream(dataKey, buildStreamAssociatedData(expected)), take),
    );
  } finally {
    await file.close();
  }
}

/** @throws PAL_SEALED_DAMAGED where there is none */
async function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ELOOP") throw error;
    throw new PalisadeError("PAL_SEALED_DAMAGED", code === "ENOENT" ? `${path} is missing` : `${path} is a link`);
  });
}

/** A rename would replace an empty directory. */
async function assertAbsent(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined) throw new PalisadeError("PAL_FILE", `there is something at ${path} already`);
}

async function readHeaderBytes(file: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_HEADER_BYTES), 0, MAX_HEADER_BYTES, 0);
  const length = parseHeaderLength(buffer.subarray(0, Math.min(bytesRead, PREAMBLE_BYTES)));
  if (length > bytesRead) throw new PalisadeError("PAL_SEALED_DAMAGED", "its header is cut short");
  return buffer.subarray(0, length);
}
