import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a key of 32 bytes is longer by when it is wrapped: nonce and tag. */
export const WRAPPING_BYTES = NONCE_BYTES + TAG_BYTES;

/** A random nonce (12 bytes), the key under AES-256-GCM, its tag (16 bytes). One wrapping key must not wrap more than 2^32 keys (NIST SP 800-38D). */
export function wrapKey(wrappingKey: Uint8Array, key: Uint8Array, associatedData: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", wrappingKey, nonce).setAAD(associatedData);
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** `undefined` for what this key did not wrap with these associated data. */
export function unwrapKey(wrappingKey: Uint8Array, wrapped: Buffer, associatedData: Uint8Array): Buffer | undefined {
  if (wrapped.length < WRAPPING_BYTES) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", wrappingKey, wrapped.subarray(0, NONCE_BYTES)).setAAD(associatedData);
  decipher.setAuthTag(wrapped.subarray(-TAG_BYTES));
  const key = decipher.update(wrapped.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return key;
  } catch {
    key.fill(0);
    return undefined;
  }
}

/** Gives the key to the work and zeroes it afterwards, however that ends. */
export async function useKey<R>(key: Promise<Buffer> | Buffer, work: (key: Buffer) => R | Promise<R>): Promise<R> {
  const bytes = await key;
  try {
    return await work(bytes);
  } finally {
    bytes.fill(0);
  }
}
