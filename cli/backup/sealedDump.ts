import { createHash, randomBytes } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import {
  buildHeader,
  buildStreamAssociatedData,
  MAX_HEADER_BYTES,
  parseHeader,
  parseHeaderLength,
  PREAMBLE_BYTES,
  unwrapDataKey,
} from "../../encryption/header.js";
import { useKey } from "../../encryption/keyWrap.js";
import type { SealContext } from "../../encryption/sealContext.js";
import { createOpeningStream, createSealingStream, KEY_BYTES } from "../../encryption/sealedStream.js";
import type { DumpedDatabase } from "./documents.js";
import type { ObjectStore } from "./stores/objectStore.js";

/** What a manifest says of a sealed object. */
export type SealedFacts = Pick<DumpedDatabase, "bytes" | "sha256" | "dump_sha256">;

/** Counts and hashes what passes. */
class Meter {
  private readonly hash = createHash("sha256");
  bytes = 0;

  async *through(source: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      this.bytes += (piece as Buffer).length;
      this.hash.update(piece as Buffer);
      yield piece as Buffer;
    }
  }

  get sha256(): string {
    return this.hash.copy().digest("hex");
  }
}

/** Seals a dump into the store as it comes (docs/sealing.md has the format). Holds a few segments at a time. */
export async function sealDump(
  store: ObjectStore,
  object: string,
  context: SealContext,
  erasureKey: { readonly id: string; readonly key: Buffer },
  dump: AsyncIterable<Buffer>,
): Promise<SealedFacts> {
  const [plain, sealed] = [new Meter(), new Meter()];
  const { header, sealing } = await useKey(randomBytes(KEY_BYTES), (dataKey) => ({
    header: buildHeader(context, erasureKey, dataKey),
    sealing: createSealingStream(dataKey, buildStreamAssociatedData(context)),
  }));
  // What fails before it fails the sealing, which so has no end that verifies.
  pipeline(Readable.from(plain.through(dump)), sealing, () => undefined);
  try {
    await store.putStream(object, sealed.through(prepend(header, sealing)));
  } finally {
    // A store that reads nothing leaves a dump that waits.
    sealing.destroy();
  }
  return { bytes: sealed.bytes, sha256: sealed.sha256, dump_sha256: plain.sha256 };
}

/**
 * The dump of a sealed object. Of each segment nothing comes before all of it is verified; what is cut fails at the end.
 * @param context what it must be, whatever its header claims
 * @throws PAL_SEALED_DAMAGED, PAL_BACKUP_DAMAGED when it is not the object that the manifest names
 */
export async function* openDump(
  store: ObjectStore,
  { name, object, bytes, sha256, dump_sha256 }: DumpedDatabase,
  context: SealContext,
  erasureKey: Buffer,
): AsyncGenerator<Buffer> {
  const [plain, sealed] = [new Meter(), new Meter()];
  const pieces = sealed.through(store.read(object));
  try {
    const { header, rest } = await readHeader(pieces);
    const opening = await useKey(unwrapDataKey(parseHeader(header), erasureKey, context), (dataKey) =>
      createOpeningStream(dataKey, buildStreamAssociatedData(context)),
    );
    pipeline(Readable.from(prepend(rest, { [Symbol.asyncIterator]: () => pieces })), opening, () => undefined);
    yield* plain.through(opening);
  } finally {
    await pieces.return(undefined);
  }
  if (sealed.bytes !== bytes || sealed.sha256 !== sha256 || plain.sha256 !== dump_sha256)
    throw new PalisadeError("PAL_BACKUP_DAMAGED", `the dump of ${name} is not the one that the manifest names`);
}

/** Reads all of a sealed object and keeps nothing: whether it is whole, and what the manifest says. @throws PAL_BACKUP_DAMAGED */
export async function verifyDump(store: ObjectStore, dumped: DumpedDatabase, context: SealContext, erasureKey: Buffer): Promise<void> {
  // One that is gone is found by a drill as one that was changed is; a store that does not answer is another matter.
  if (!(await store.list(dumped.object)).includes(dumped.object))
    throw new PalisadeError("PAL_BACKUP_DAMAGED", `the dump of ${dumped.name} is not in ${store.name}`);
  try {
    for await (const _ of openDump(store, dumped, context, erasureKey));
  } catch (error) {
    if (!isPalisadeError(error, "PAL_SEALED_DAMAGED", "PAL_SEALED_NEWER")) throw error;
    throw new PalisadeError("PAL_BACKUP_DAMAGED", `the dump of ${dumped.name}: ${error.detail}`);
  }
}

async function* prepend(first: Buffer, others: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  yield first;
  for await (const piece of others) yield piece as Buffer;
}

/** The header, and what came with it. @throws PAL_SEALED_DAMAGED, PAL_SEALED_NEWER */
async function readHeader(pieces: AsyncIterator<Buffer>): Promise<{ header: Buffer; rest: Buffer }> {
  let read = Buffer.alloc(0);
  const fill = async (length: number): Promise<void> => {
    while (read.length < length) {
      const next = await pieces.next();
      if (next.done === true) throw new PalisadeError("PAL_SEALED_DAMAGED", "it ends within its header");
      read = Buffer.concat([read, next.value]);
    }
  };
  await fill(PREAMBLE_BYTES);
  const length = Math.min(parseHeaderLength(read.subarray(0, PREAMBLE_BYTES)), MAX_HEADER_BYTES);
  await fill(length);
  return { header: read.subarray(0, length), rest: read.subarray(length) };
}
