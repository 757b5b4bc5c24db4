import { omitUndefined } from "../../../contract/values.js";
import type { RotationPolicy } from "../../client/keyVault.js";
import type { Observed } from "../../engine/define.js";
import type { inputs, outputs } from "./schema.js";

/** The address of a vault has one form beside its host. */
export const getHost = (vaultUrl: string): string => new URL(vaultUrl).host;
export const buildVaultUrl = (vaultHost: string): string => `https://${vaultHost}`;

export const fromAzure = (
  { vaultHost, keyName }: { vaultHost: string; keyName: string },
  { rotateAfterDays, expireAfterDays }: RotationPolicy,
): Observed<typeof inputs, typeof outputs> => ({
  inputs: { vaultUrl: buildVaultUrl(vaultHost), keyName, rotateAfterDays, ...omitUndefined({ expireAfterDays }) },
  outputs: {},
});
