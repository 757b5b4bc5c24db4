import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.js";
import { ErasureKeys, type KeyProviders } from "./erasureKeys.js";
import { Keyring } from "./keyring.js";
import { LocalKms } from "@palisade/neon/encryption/keys/localKms";
import { readSecretFile, writeSecretFile } from "@palisade/neon/encryption/secretFile";

/** The files of keys that one data directory has. */
export interface KeyFiles {
  readonly keyring: Keyring;
  readonly local: LocalKms;
  /** What the external ids are made of that organisations are given: 32 bytes of this plane's own. */
  readonly externalIdSecret: Buffer;
}

/** The keys of one data directory. */
export interface KeyStore<P extends KeyProviders = KeyProviders> extends KeyFiles {
  readonly providers: P;
  readonly erasureKeys: ErasureKeys;
}

/** Below the data directory; closed to all but its owner. */
export const KEYS_FOLDER = "keys";
const SECRET_BYTES = 32;

/** Of projects without a key of their own: the local key wraps everything. */
export const createLocalProviders = ({ local }: Pick<KeyFiles, "local">): KeyProviders => ({
  getCurrentProvider: () => local,
  getWrappingProvider: () => local,
});

/**
 * Opens or makes the keys of a data directory, which one process owns.
 * @param providersOf which key wraps what
 * @throws PAL_KEYRING when a file is not ours, or cannot be read
 */
export async function openKeyStore<P extends KeyProviders>(
  dataDirectory: string,
  clock: Pick<Clock, "formatNow">,
  providersOf: (files: KeyFiles) => P,
): Promise<KeyStore<P>> {
  const folder = join(dataDirectory, KEYS_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [keyring, local, externalIdSecret] = await Promise.all([
    Keyring.open(join(folder, "keyring.json")),
    LocalKms.open(join(folder, "local.json")),
    openSecret(join(folder, "external-id.key")),
  ]);
  const files = { keyring, local, externalIdSecret };
  const providers = providersOf(files);
  return { ...files, providers, erasureKeys: new ErasureKeys(keyring, providers, clock) };
}

async function openSecret(path: string): Promise<Buffer> {
  const text = await readSecretFile(path);
  if (text !== undefined) return Buffer.from(text.trim(), "hex");
  const secret = randomBytes(SECRET_BYTES);
  await writeSecretFile(path, `${secret.toString("hex")}\n`);
  return secret;
}
