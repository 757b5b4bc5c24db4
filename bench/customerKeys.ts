import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clock } from "@palisade/control-plane/dist/clock.js";
import { ErasureKeys } from "@palisade/control-plane/dist/encryption/erasureKeys.js";
import { Keyring } from "@palisade/control-plane/dist/encryption/keyring.js";
import { createCanary, openCanary, rewrapCanary } from "@palisade/control-plane/dist/services/customerKeys/canary.js";
import { createAzureKeyVault } from "@palisade/neon/encryption/keys/azureKeyVault";
import { KeyPermissions } from "@palisade/neon/encryption/keys/keyPermissions";
import type { KeyProvider, WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import { LocalKms } from "@palisade/neon/encryption/keys/localKms";
import type { SealContext } from "@palisade/neon/encryption/sealContext";
import { KEY_NAMES, type PlaneVault, startPlaneVault, VAULT_URL } from "../tools/counterparts/azure/planeVault.js";
import type { Row } from "./row.js";

export const title = "Keys of customers: 1,000 erasure keys and canaries, against a double of Key Vault over HTTPS in the same process";

const KEYS = 1_000;
/** As many as the plane asks a key service for at the same time. */
const AT_ONCE = 16;
const ORGANIZATION = "org";
const buildContext = (branch: number): SealContext => ({
  organization: ORGANIZATION,
  project: "p",
  branch: `br-${branch}`,
  purpose: "stopped",
  object: "br",
});

/** Calls are what a provider of keys bills and limits; the double makes each as long as its own work and TLS take, with no network between. */
export async function run(): Promise<{ rows: Row[] }> {
  const vault = await startPlaneVault();
  const folder = mkdtempSync(join(tmpdir(), "palisade-keys-"));
  try {
    return { rows: [...(await measureRewrap(vault, folder)), ...(await measureCanaries(vault))] };
  } finally {
    await vault.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRewrap(vault: PlaneVault, folder: string): Promise<Row[]> {
  const local = await LocalKms.open(join(folder, "local.key"));
  const theirs = openVaultKey(vault);
  let current: KeyProvider = local;
  const providers = {
    getCurrentProvider: () => current,
    getWrappingProvider: ({ service }: WrappedKey) => (service === "localKms" ? local : theirs),
  };
  const keyring = await Keyring.open(join(folder, "keyring.json"));
  const keys = new ErasureKeys(keyring, providers, new Clock());
  for (let branch = 0; branch < KEYS; branch++) await keys.useNewDataKey(buildContext(branch), () => Promise.resolve());
  const rewrap = async (name: string): Promise<Row> => {
    const figure = await measure(vault, async () => {
      const moved = await keys.rewrap({});
      if (moved !== KEYS) throw new Error(`${moved} of ${KEYS} keys were moved`);
    });
    return { name, value: figure };
  };
  current = theirs;
  const taken = await rewrap(`${KEYS} erasure keys from the local key to a key of Key Vault, ${AT_ONCE} at a time`);
  await vault.rotate(KEY_NAMES[0]);
  return [taken, await rewrap("the same keys to a new version of that key")];
}

/** What one round of looks costs where every one of 1,000 projects has a key of its own; the plane spreads a round over its period. */
async function measureCanaries(vault: PlaneVault): Promise<Row[]> {
  const provider = openVaultKey(vault);
  const canary = await createCanary(provider, ORGANIZATION, "p");
  const figure = await measure(vault, () =>
    repeatConcurrently(KEYS, async () => {
      await openCanary(provider, ORGANIZATION, "p", canary);
      await rewrapCanary(provider, ORGANIZATION, "p", canary);
    }),
  );
  return [{ name: `canaries of ${KEYS} keys opened, and their newest versions asked for, ${AT_ONCE} at a time`, value: figure }];
}

async function measure({ log }: PlaneVault, work: () => Promise<void>): Promise<string> {
  const [called, before, started] = [log.length, process.cpuUsage(), performance.now()];
  await work();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(before);
  const processor = (user + system) / 1e3 / KEYS;
  const calls = (log.length - called) / KEYS;
  return `${calls.toFixed(2)} calls a key, ${seconds.toFixed(1)} s, ${processor.toFixed(1)} ms of processor time a key, the double's included`;
}

async function repeatConcurrently(times: number, work: () => Promise<void>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function openVaultKey(vault: PlaneVault): KeyProvider {
  const { allowedKeys, keyClients } = vault.optionsFor(ORGANIZATION);
  const permissions = new KeyPermissions(allowedKeys);
  const key = { vaultUrl: VAULT_URL, keyName: KEY_NAMES[0] };
  return createAzureKeyVault(key, { organization: ORGANIZATION, permissions, ...keyClients.azureKeyVault });
}
