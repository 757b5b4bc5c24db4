import type { KeyClient, KeyRotationPolicy } from "@azure/keyvault-keys" with { "resolution-mode": "import" };
import { PalisadeError } from "../../contract/errors.js";

/** When a key of Azure Key Vault is rotated and how long each of its versions lasts. Whole days; Azure's months count 30 of them, its years 365. */
export interface RotationPolicy {
  /** After a version was made. `never`: by hand alone. */
  readonly rotateAfterDays: number | "never";
  /** Undefined: versions do not expire. */
  readonly expireAfterDays: number | undefined;
}

/** By address: a client asks for its challenge once. */
const clients = new Map<string, Promise<KeyClient>>();

/** @returns undefined where the vault says that it has no such key; a key that nobody gave a policy is rotated never */
export async function findRotationPolicy(vaultUrl: string, keyName: string): Promise<RotationPolicy | undefined> {
  try {
    return fromAzure(await (await getClient(vaultUrl)).getKeyRotationPolicy(keyName));
  } catch (error) {
    if (findErrorCode(error) === "KeyNotFound") return undefined;
    throw toPalisadeError(error, `the rotation policy of ${vaultUrl}/keys/${keyName}`);
  }
}

/** Replaces the existing policy. @throws PAL_KEY_VAULT */
export async function setRotationPolicy(vaultUrl: string, keyName: string, wanted: RotationPolicy): Promise<RotationPolicy> {
  const { rotateAfterDays: rotate, expireAfterDays: expire } = wanted;
  try {
    const client = await getClient(vaultUrl);
    const set = await client.updateKeyRotationPolicy(keyName, {
      lifetimeActions: rotate === "never" ? [] : [{ action: "Rotate", timeAfterCreate: `P${rotate}D` }],
      ...(expire !== undefined && { expiresIn: `P${expire}D` }),
    });
    return fromAzure(set);
  } catch (error) {
    throw toPalisadeError(error, `the rotation policy of ${vaultUrl}/keys/${keyName}`);
  }
}

/** Azure's SDK is no dependency of the package: who has no such key need not install it. @throws PAL_NO_AZURE_SDK */
function getClient(vaultUrl: string): Promise<KeyClient> {
  const client = clients.get(vaultUrl) ?? createClient(vaultUrl);
  clients.set(vaultUrl, client);
  client.catch(() => clients.delete(vaultUrl));
  return client;
}

async function createClient(vaultUrl: string): Promise<KeyClient> {
  try {
    const [{ DefaultAzureCredential }, keys] = await Promise.all([import("@azure/identity"), import("@azure/keyvault-keys")]);
    return new keys.KeyClient(vaultUrl, new DefaultAzureCredential());
  } catch (error) {
    if (!["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes((error as { code?: string }).code ?? "")) throw error;
    throw new PalisadeError("PAL_NO_AZURE_SDK", vaultUrl);
  }
}

function fromAzure({ lifetimeActions = [], expiresIn }: KeyRotationPolicy): RotationPolicy {
  const rotate = lifetimeActions.find(({ action }) => action === "Rotate");
  const expireAfterDays = expiresIn === undefined ? undefined : parseDays(expiresIn);
  const before = rotate?.timeBeforeExpiry === undefined ? undefined : parseDays(rotate.timeBeforeExpiry);
  const counted = before !== undefined && expireAfterDays !== undefined ? expireAfterDays - before : undefined;
  const rotateAfterDays = rotate?.timeAfterCreate === undefined ? counted : parseDays(rotate.timeAfterCreate);
  return { rotateAfterDays: rotateAfterDays ?? "never", expireAfterDays };
}

/** ISO 8601 as Azure writes it: `P90D`, `P3M`, `P2Y`. */
function parseDays(duration: string): number {
  const [, count = "0", unit = "D"] = /^P(\d{1,6})([DMY])$/.exec(duration) ?? [];
  return Number(count) * { D: 1, M: 30, Y: 365 }[unit as "D" | "M" | "Y"];
}

/** As the vault answers, outer and inner. */
function findErrorCode(error: unknown): string | undefined {
  const { code, details } = Object(error) as { code?: string; details?: { error?: { innerError?: { code?: string } } } };
  return details?.error?.innerError?.code ?? code;
}

function toPalisadeError(error: unknown, what: string): PalisadeError {
  if (error instanceof PalisadeError) return error;
  const { statusCode, name, message } = Object(error) as { statusCode?: number; name?: string; message?: string };
  // Of a failed login Azure's SDK tells a page of what it tried; its first line says that none worked.
  const why =
    statusCode === undefined ? `${name ?? ""}: ${message ?? ""}`.split("\n")[0] : `${statusCode} ${findErrorCode(error) ?? ""}`.trim();
  return new PalisadeError("PAL_KEY_VAULT", `${what}: ${why ?? ""}`);
}
