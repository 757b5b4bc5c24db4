import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { PalisadeError } from "@palisade/neon/contract/errors";
import type { SealContext } from "./context.js";
import { DRAFT_SUFFIX, flushDirectory, replaceFile } from "./durableFile.js";
import type { ErasureKeys } from "./erasureKeys.js";
import { readFrom, writeAll } from "./fileBytes.js";
import { headerLength, MAX_HEADER_BYTES, PREAMBLE_BYTES, streamAssociatedData } from "./header.js";
import { openingStream, sealingStream } from "./segments.js";
import { extractTree, type Owner, packTree } from "./tree.js";

/**
 * Seals a directory into a file (0600), which is there whole or not at all, and on the disk when this resolves; one that is there is replaced.
 * The directory itself stays, and must not change meanwhile. Memory is bounded, whatever its size.
 * @throws KeyFailure, and PAL_FILE for a directory that holds what is not its owner's
 */
export function sealDirectory(keys: ErasureKeys, directory: string, to: string, context: SealContext): Promise<void> {
  return keys.sealing(context, (dataKey, header) =>
    replaceFile(to, async (file) => {
      await file.writeFile(header);
      await pipeline(packTree(directory), sealingStream(dataKey, streamAssociatedData(context)), (sealed: AsyncIterable<Buffer>) =>
        writeAll(file, sealed),
      );
    }),
  );
}

/**
 * Opens a sealed file into a directory, which is there whole or not at all, and on the disk when this resolves. Its parent must be the plane's own.
 * The sealed file stays.
 * @param expected what it must be the sealed form of
 * @throws KeyFailure, PAL_SEALED_DAMAGED, PAL_SEALED_NEWER, PAL_ERASED, and PAL_FILE where anything is at `directory`
 */
export async function openSealed(keys: ErasureKeys, from: string, directory: string, expected: SealContext, owner?: Owner): Promise<void> {
  await assertAbsent(directory);
  const file = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  const draft = `${directory}.${randomBytes(8).toString("hex")}${DRAFT_SUFFIX}`;
  try {
    const header = await readHeaderBytes(file);
    await keys.opening(header, expected, async (dataKey) => {
      await mkdir(draft, { mode: 0o700 });
      await pipeline(
        readFrom(file, header.length),
        openingStream(dataKey, streamAssociatedData(expected)),
        (plaintext: AsyncIterable<Buffer>) => extractTree(plaintext, draft, owner),
      );
    });
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await file.close();
  }
  await flushDirectory(dirname(directory));
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
  const length = headerLength(buffer.subarray(0, Math.min(bytesRead, PREAMBLE_BYTES)));
  if (length > bytesRead) throw new PalisadeError("PAL_SEALED_DAMAGED", "its header is cut short");
  return buffer.subarray(0, length);
}
