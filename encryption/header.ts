import { PalisadeError } from "../contract/errors.js";
import { decodeFields, encodeFields, encodeSealContext, PURPOSES, type SealContext } from "./sealContext.js";
import { unwrapKey, WRAPPING_BYTES, wrapKey } from "./keyWrap.js";
import { KEY_BYTES } from "./sealedStream.js";

/** What stands before the sealed stream; docs/sealing.md has it byte by byte. Nothing in it is a secret. */
export interface SealedHeader {
  readonly context: SealContext;
  /** Of the keyring: the key that the data key is wrapped under. */
  readonly erasureKeyId: string;
  /** 60 bytes: nonce, data key under AES-256-GCM, tag. */
  readonly wrappedDataKey: Buffer;
}

/** Seven letters and the version of the format. */
const MAGIC = Buffer.from("PALSEAL\x01", "latin1");
const LENGTH_BYTES = 2;
/** What must be read to know how long the header is. Bytes. */
export const PREAMBLE_BYTES = MAGIC.length + LENGTH_BYTES;
/** Ids are short; a longer header is none of ours. Bytes. */
export const MAX_HEADER_BYTES = 4_096;
const CONTEXT_FIELDS = 5;
const WRAPPED_BYTES = KEY_BYTES + WRAPPING_BYTES;

/** The associated data of the stream: what the object is and which version of the format, whichever key it is under. */
export const buildStreamAssociatedData = (context: SealContext): Buffer => Buffer.concat([MAGIC, encodeSealContext(context)]);

/** The associated data that a data key is wrapped with: those of the stream, and the key that wraps it. */
const buildWrapAssociatedData = (context: SealContext, erasureKeyId: string): Buffer =>
  Buffer.concat([buildStreamAssociatedData(context), encodeFields([erasureKeyId])]);

/** @throws RangeError when ids are so long that the header would exceed {@link MAX_HEADER_BYTES} */
export function buildHeader(
  context: SealContext,
  erasureKey: { readonly id: string; readonly key: Uint8Array },
  dataKey: Uint8Array,
): Buffer {
  const wrapped = wrapKey(erasureKey.key, dataKey, buildWrapAssociatedData(context, erasureKey.id));
  const body = Buffer.concat([encodeSealContext(context), encodeFields([erasureKey.id]), wrapped]);
  const length = PREAMBLE_BYTES + body.length;
  if (length > MAX_HEADER_BYTES) throw new RangeError(`a sealed header of ${length} bytes is too long`);
  const lengthField = Buffer.alloc(LENGTH_BYTES);
  lengthField.writeUInt16BE(length);
  return Buffer.concat([MAGIC, lengthField, body]);
}

/** How long the header is that begins with these {@link PREAMBLE_BYTES}. @throws PAL_SEALED_DAMAGED, PAL_SEALED_NEWER */
export function parseHeaderLength(preamble: Buffer): number {
  if (preamble.length < PREAMBLE_BYTES || !preamble.subarray(0, MAGIC.length - 1).equals(MAGIC.subarray(0, -1)))
    throw new PalisadeError("PAL_SEALED_DAMAGED", "it does not begin with a sealed header");
  const [version = 0, known = 0] = [preamble[MAGIC.length - 1], MAGIC.at(-1)];
  if (version !== known) throw new PalisadeError("PAL_SEALED_NEWER", `its format is ${version}, and this release reads ${known}`);
  const length = preamble.readUInt16BE(MAGIC.length);
  if (length <= PREAMBLE_BYTES || length > MAX_HEADER_BYTES) throw new PalisadeError("PAL_SEALED_DAMAGED", "its header has no such length");
  return length;
}

/** @param bytes exactly the header @throws PAL_SEALED_DAMAGED, PAL_SEALED_NEWER */
export function parseHeader(bytes: Buffer): SealedHeader {
  const read = parseHeaderLength(bytes) === bytes.length ? decodeFields(bytes, PREAMBLE_BYTES, CONTEXT_FIELDS + 1) : undefined;
  const [organization = "", project = "", branch = "", word, object = "", erasureKeyId = ""] = read?.fields ?? [];
  const purpose = PURPOSES.find((known) => known === word);
  if (read === undefined || purpose === undefined || bytes.length - read.end !== WRAPPED_BYTES)
    throw new PalisadeError("PAL_SEALED_DAMAGED", "its header cannot be read");
  return { context: { organization, project, branch, purpose, object }, erasureKeyId, wrappedDataKey: bytes.subarray(read.end) };
}

/**
 * The data key of a sealed object. The caller zeroes it.
 * @param expected what the object must be, whatever its header claims
 * @throws PAL_SEALED_DAMAGED when it is another one, or its header was changed
 */
export function unwrapDataKey(
  { context, erasureKeyId, wrappedDataKey }: SealedHeader,
  erasureKey: Uint8Array,
  expected: SealContext,
): Buffer {
  assertContext(context, expected);
  const key = unwrapKey(erasureKey, wrappedDataKey, buildWrapAssociatedData(context, erasureKeyId));
  if (key === undefined) throw new PalisadeError("PAL_SEALED_DAMAGED", `the data key of ${expected.object} does not open`);
  return key;
}

/** @throws PAL_SEALED_DAMAGED naming what differs */
export function assertContext(context: SealContext, expected: SealContext): void {
  const differing = (["organization", "project", "branch", "purpose", "object"] as const).find(
    (field) => context[field] !== expected[field],
  );
  if (differing !== undefined)
    throw new PalisadeError(
      "PAL_SEALED_DAMAGED",
      `it is sealed for ${differing} ${JSON.stringify(context[differing])}, not ${JSON.stringify(expected[differing])}`,
    );
}
