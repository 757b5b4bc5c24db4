import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { PlaneOptions } from "../contract/plane.js";
import { KEY_NAMES, type PlaneVault, startPlaneVault, VAULT_URL } from "../tools/counterparts/azure/planeVault.js";
import type { Row } from "./row.js";

export const title = "Keys of customers: 1,000 erasure keys and canaries, against a double of Key Vault over HTTPS in the same process";

const KEYS = 1_000;
/** As many as the plane asks a key service for at the same time. */
const AT_ONCE = 16;
const ORGANIZATION = "org";
const buildContext = (branch: number) => ({
  organization: ORGANIZATION,
  project: "p",
  branch: `br-${branch}`,
  purpose: "stopped",
  object: "br",
});

/** Calls are what a provider of keys bills and limits; the double makes each as long as its own work and TLS take, with no network between. */
export async function run(): Promise<{ rows: Row[] }> {
  const [parts, vault] = await Promise.all([loadModules(), startPlaneVault()]);
  const folder = mkdtempSync(join(tmpdir(), "palisade-keys-"));
  try {
    return { rows: [...(await measureRewrap(parts, vault, folder)), ...(await measureCanaries(parts, vault))] };
  } finally {
    await vault.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRewrap(
  { Keyring, LocalKms, ErasureKeys, ...parts }: ControlPlaneModules,
  vault: PlaneVault,
  folder: string,
): Promise<Row[]> {
  const local = await LocalKms.open(join(folder, "local.key"));
  const theirs = openVaultKey(parts, vault);
  let current: Provider = local;
  const providers = { current: () => current, of: ({ service }: { service: string }) => (service === "localKms" ? local : theirs) };
  const keyring = await Keyring.open(join(folder, "keyring.json"));
  const keys = new ErasureKeys(keyring, providers, { at: () => new Date().toISOString() });
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
async function measureCanaries(
  { createCanary, openCanary, rewrapCanary, ...parts }: ControlPlaneModules,
  vault: PlaneVault,
): Promise<Row[]> {
  const provider = openVaultKey(parts, vault);
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

function openVaultKey(
  { createAzureKeyVault, KeyPermissions }: Pick<ControlPlaneModules, "createAzureKeyVault" | "KeyPermissions">,
  vault: PlaneVault,
): Provider {
  const { allowedKeys, keyClients } = vault.optionsFor(ORGANIZATION);
  const permissions = new KeyPermissions(allowedKeys);
  const key = { vaultUrl: VAULT_URL, keyName: KEY_NAMES[0] };
  return createAzureKeyVault(key, { organization: ORGANIZATION, permissions, ...keyClients.azureKeyVault });
}

/** The parts of the built control plane that are measured; their types live in the other package. */
const CONTROL_PLANE = resolve(__dirname, "../../control-plane/dist");
const ENCRYPTION = resolve(__dirname, "../encryption");

type Provider = object;
interface Keys {
  useNewDataKey: (context: object, work: () => Promise<void>) => Promise<void>;
  rewrap: (where: object) => Promise<number>;
}
interface ControlPlaneModules {
  Keyring: { open: (path: string) => Promise<object> };
  LocalKms: { open: (path: string) => Promise<Provider> };
  ErasureKeys: new (keyring: object, providers: object, clock: object) => Keys;
  KeyPermissions: new (allowed: NonNullable<PlaneOptions["allowedKeys"]>) => object;
  createAzureKeyVault: (key: object, options: object) => Provider;
  createCanary: (provider: Provider, organization: string, project: string) => Promise<object>;
  openCanary: (provider: Provider, organization: string, project: string, canary: object) => Promise<void>;
  rewrapCanary: (provider: Provider, organization: string, project: string, canary: object) => Promise<object>;
}

async function loadModules(): Promise<ControlPlaneModules> {
  const files = [
    join(CONTROL_PLANE, "encryption/keyring.js"),
    join(ENCRYPTION, "keys/localKms.js"),
    join(ENCRYPTION, "keys/azureKeyVault.js"),
    join(ENCRYPTION, "keys/keyPermissions.js"),
    join(CONTROL_PLANE, "encryption/erasureKeys.js"),
    join(CONTROL_PLANE, "services/customerKeys/canary.js"),
  ];
  const parts = await Promise.all(files.map(async (file) => (await import(file)) as object));
  return Object.assign({}, ...parts) as ControlPlaneModules;
}
