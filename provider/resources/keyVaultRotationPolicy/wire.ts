import type { RotationPolicy } from "../../client/keyVault.js";
import type { Observed } from "../../engine/define.js";
import { defined } from "../context.js";
import type { inputs, outputs } from "./schema.js";

/** The address of a vault has one form beside its host. */
export const hostOf = (vaultUrl: string): string => new URL(vaultUrl).host;
export const vaultUrlOf = (vaultHost: string): string => `https://${vaultHost}`;

export const fromAzure = (
  { vaultHost, keyName }: { vaultHost: string; keyName: string },
  { rotateAfterDays, expireAfterDays }: RotationPolicy,
): Observed<typeof inputs, typeof outputs> => ({
  inputs: { vaultUrl: vaultUrlOf(vaultHost), keyName, rotateAfterDays, ...defined({ expireAfterDays }) },
  outputs: {},
});
