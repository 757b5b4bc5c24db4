import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../clock.js";
import { ErasureKeys, type KeyProviders } from "./erasureKeys.js";
import { Keyring } from "./keyring.js";
import { LocalKms } from "./keys/localKms.js";
import { readSecretFile, writeSecretFile } from "./secretFile.js";

/** The keys of one data directory. */
export interface Vault {
  readonly keyring: Keyring;
  readonly local: LocalKms;
  readonly providers: KeyProviders;
  readonly erasureKeys: ErasureKeys;
  /** What the external ids are made of that organisations are given: 32 bytes of this plane's own. */
  readonly externalIdSecret: Buffer;
}

/** Below the data directory; closed to all but its owner. */
export const KEYS_FOLDER = "keys";
const SECRET_BYTES = 32;

/**
 * Opens or makes the keys of a data directory, which one process owns.
 * @param providersOf which key wraps what. Default: the local key wraps everything.
 * @throws PAL_KEYRING when a file is not ours, or cannot be read
 */
export async function openVault(
  dataDirectory: string,
  clock: Pick<Clock, "at">,
  providersOf: (local: LocalKms) => KeyProviders = (local) => ({ current: () => local, of: () => local }),
): Promise<Vault> {
  const folder = join(dataDirectory, KEYS_FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [keyring, local, externalIdSecret] = await Promise.all([
    Keyring.open(join(folder, "keyring.json")),
    LocalKms.open(join(folder, "local.json")),
    openSecret(join(folder, "external-id.key")),
  ]);
  const providers = providersOf(local);
  return { keyring, local, providers, erasureKeys: new ErasureKeys(keyring, providers, clock), externalIdSecret };
}

async function openSecret(path: string): Promise<Buffer> {
  const text = await readSecretFile(path);
  if (text !== undefined) return Buffer.from(text.trim(), "hex");
  const secret = randomBytes(SECRET_BYTES);
  await writeSecretFile(path, `${secret.toString("hex")}\n`);
  return secret;
}
