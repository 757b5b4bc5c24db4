import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { PalisadeError } from "../contract/errors.js";

/**
 * The published streaming format AES256_GCM_HKDF_1MB of Tink, which the real Tink opens and writes (docs/sealing.md has it byte by byte):
 * a header of 40 bytes (its length, a salt, the prefix of the nonces), then segments of at most 1 MiB with their tags. The number of the segment
 * and whether it is the last one are in its nonce: what was cut, swapped, repeated or added does not open.
 * https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
 */

/** Ciphertext with its tag; the first segment is shorter by the header. Bytes. */
export const SEGMENT_BYTES = 1 << 20;
export const STREAM_HEADER_BYTES = 40;
export const TAG_BYTES = 16;
/** Of data keys and of the key of one stream. Bytes. */
export const KEY_BYTES = 32;
const SALT_BYTES = 32;

/** Plaintext in, the sealed stream out. Holds one segment at a time. The data key may be zeroed as soon as this returns. */
export function createSealingStream(dataKey: Uint8Array, associatedData: Uint8Array): Transform {
  const salt = randomBytes(SALT_BYTES);
  const prefix = randomBytes(STREAM_HEADER_BYTES - 1 - SALT_BYTES);
  const key = deriveStreamKey(dataKey, salt, associatedData);
  const queue = new ByteQueue();
  let number = 0;
  const roomLeft = () => computeSegmentBytes(number) - TAG_BYTES;
  const sealSegment = (stream: Transform, length: number, isLast: boolean) => {
    const cipher = createCipheriv("aes-256-gcm", key, buildNonce(prefix, number++, isLast));
    for (const piece of queue.take(length)) stream.push(cipher.update(piece));
    cipher.final();
    stream.push(cipher.getAuthTag());
  };
  const stream = new Transform({
    ...PIECEWISE,
    transform(chunk: Buffer, _encoding, done) {
      queue.add(chunk);
      // A full segment waits for the next byte: only then is it known not to be the last.
      while (queue.length > roomLeft()) sealSegment(this, roomLeft(), false);
      done();
    },
    flush(done) {
      sealSegment(this, queue.length, true);
      done();
    },
    destroy: zeroOnDestroy(key),
  });
  stream.push(Buffer.concat([Buffer.from([STREAM_HEADER_BYTES]), salt, prefix]));
  return stream;
}

/**
 * A sealed stream in, plaintext out: of a segment nothing before all of it is verified, and no end before the last one is.
 * Fails with PAL_SEALED_DAMAGED for anything that this key did not seal with these associated data, whole and in order.
 */
export function createOpeningStream(dataKey: Uint8Array, associatedData: Uint8Array): Transform {
  const source = Buffer.from(dataKey);
  const queue = new ByteQueue();
  let opened: { key: Buffer; prefix: Buffer } | undefined;
  let number = 0;
  const readHeader = () => {
    const header = Buffer.concat(queue.take(STREAM_HEADER_BYTES));
    if (header[0] !== STREAM_HEADER_BYTES) throw createDamagedError("it does not begin as a sealed stream");
    opened = { key: deriveStreamKey(source, header.subarray(1, 1 + SALT_BYTES), associatedData), prefix: header.subarray(1 + SALT_BYTES) };
    source.fill(0);
  };
  const openSegment = (stream: Transform, length: number, isLast: boolean) => {
    if (opened === undefined || length < TAG_BYTES) throw createDamagedError("it is cut short");
    const decipher = createDecipheriv("aes-256-gcm", opened.key, buildNonce(opened.prefix, number, isLast));
    const pieces = queue.take(length - TAG_BYTES).map((piece) => decipher.update(piece));
    decipher.setAuthTag(Buffer.concat(queue.take(TAG_BYTES)));
    try {
      decipher.final();
    } catch {
      throw createDamagedError(`segment ${number} was changed, is out of place, or belongs to another key or context`);
    }
    number++;
    for (const piece of pieces) stream.push(piece);
  };
  return new Transform({
    ...PIECEWISE,
    transform(chunk: Buffer, _encoding, done) {
      queue.add(chunk);
      attempt(done, () => {
        if (opened === undefined && queue.length >= STREAM_HEADER_BYTES) readHeader();
        while (opened !== undefined && queue.length > computeSegmentBytes(number)) openSegment(this, computeSegmentBytes(number), false);
      });
    },
    flush(done) {
      attempt(done, () => {
        openSegment(this, queue.length, true);
      });
    },
    destroy(error, done) {
      source.fill(0);
      opened?.key.fill(0);
      done(error);
    },
  });
}

/** Else a reader gets all that waits in one piece, and each byte is copied once more. */
const PIECEWISE = { readableObjectMode: true, readableHighWaterMark: 1 };

/** Pieces as they came, taken off the front without copying them. */
class ByteQueue {
  private pieces: Buffer[] = [];
  private first = 0;
  length = 0;

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.length += piece.length;
  }

  /** Exactly so many bytes; there must be as many. */
  take(length: number): Buffer[] {
    const taken: Buffer[] = [];
    for (let missing = length; missing > 0;) {
      const piece = this.pieces[this.first];
      if (piece === undefined) break;
      const part = piece.subarray(0, missing);
      taken.push(part);
      missing -= part.length;
      if (part.length === piece.length) this.first++;
      else this.pieces[this.first] = piece.subarray(part.length);
    }
    this.pieces.splice(0, this.first);
    this.first = 0;
    this.length -= length;
    return taken;
  }
}

/** What segment `number` holds, its tag included. */
const computeSegmentBytes = (number: number): number => SEGMENT_BYTES - (number === 0 ? STREAM_HEADER_BYTES : 0);

const deriveStreamKey = (dataKey: Uint8Array, salt: Uint8Array, associatedData: Uint8Array): Buffer =>
  Buffer.from(hkdfSync("sha256", dataKey, salt, associatedData, KEY_BYTES));

function buildNonce(prefix: Buffer, number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  prefix.copy(nonce);
  nonce.writeUInt32BE(number, prefix.length);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

const zeroOnDestroy =
  (key: Buffer) =>
  (error: Error | null, done: (error?: Error | null) => void): void => {
    key.fill(0);
    done(error);
  };

function attempt(done: TransformCallback, work: () => void): void {
  try {
    work();
  } catch (error) {
    done(error as Error);
    return;
  }
  done();
}

const createDamagedError = (why: string): PalisadeError => new PalisadeError("PAL_SEALED_DAMAGED", why);
