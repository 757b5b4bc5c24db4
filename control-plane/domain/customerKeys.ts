import { canonicalizeKeyReference, formatVaultKeyReference } from "@palisade/neon/contract/customerKeys";
import { isPalisadeError, formatErrorMessage } from "@palisade/neon/contract/errors";
import type { CustomerManagedKey, CustomerManagedKeyRequest } from "@palisade/neon/contract/wire/customerManagedKey";
import { KeyFailure } from "@palisade/neon/encryption/keys/keyFailure";
import type { WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import { DEFAULT_RULES, judgeHealth, type KeyVerdict, type RevocationRules } from "../encryption/revocation.js";
import type { NamedKey, StoredCustomerKey } from "../store/kinds.js";
import { Refusal } from "./refusals.js";
import { omitUndefined, omit } from "./values.js";

/** Exactly one key is named, in a form that it can have. @throws Refusal that names the field */
export function parseNamedKey({ aws_kms, azure_key_vault }: CustomerManagedKeyRequest): NamedKey {
  if ((aws_kms === undefined) === (azure_key_vault === undefined))
    throw new Refusal("badRequest", { detail: "give exactly one of aws_kms and azure_key_vault" });
  const named = omitUndefined({ aws_kms, azure_key_vault });
  try {
    formatKeyReference(named);
  } catch (error) {
    if (!isPalisadeError(error, "PAL_CMK_REFERENCE")) throw error;
    throw new Refusal("badRequest", { detail: `${aws_kms ? "aws_kms" : "azure_key_vault"}: ${error.detail}` });
  }
  return named;
}

/** One spelling for one key, without a version. @throws PAL_CMK_REFERENCE */
export function formatKeyReference({ aws_kms, azure_key_vault }: NamedKey): string {
  if (aws_kms) return canonicalizeKeyReference(aws_kms.key_arn);
  if (azure_key_vault) return formatVaultKeyReference({ vaultUrl: azure_key_vault.vault_url, keyName: azure_key_vault.key_name });
  throw new Error("a customer's key is one of AWS or of Azure");
}

/** Whether the key wrapped it, in any of its versions. */
export function isWrappedBy({ service, keyId }: Pick<WrappedKey, "service" | "keyId">, named: NamedKey): boolean {
  if (named.aws_kms) return service === "awsKms" && keyId === named.aws_kms.key_arn;
  return service === "azureKeyVault" && keyId.toLowerCase().startsWith(`${formatKeyReference(named)}/`);
}

/** Whether no rewrap is needed. */
export const isWrappedAsDesired = (wrapped: Pick<WrappedKey, "service" | "keyId">, key: StoredCustomerKey): boolean => {
  if (key.removing !== undefined) return wrapped.service === "localKms";
  return isWrappedBy(wrapped, key) && (!key.rewrap_after_rotation || wrapped.keyId === key.key_version);
};

export const getRevocationRules = ({ on_revoked }: Pick<CustomerManagedKey, "on_revoked">): RevocationRules => ({
  ...DEFAULT_RULES,
  onRevoked: on_revoked === "suspend" ? "suspend" : "refuseStarts",
});

/** @param now milliseconds */
export const judgeKey = (key: StoredCustomerKey, now: number): KeyVerdict => judgeHealth(key.health, now, getRevocationRules(key));

export const hasPendingWork = ({ former, moving, removing }: StoredCustomerKey): boolean =>
  former.length > 0 || moving || removing !== undefined;

/** The state that the API reports, and why it is not `active`. */
export function computeKeyState(key: StoredCustomerKey, now: number): Pick<CustomerManagedKey, "state" | "reason"> {
  const { state } = judgeKey(key, now);
  if (state === "refused" || state === "revoked") return { state: "revoked", reason: key.problem ?? "its owner refuses its use" };
  if (state === "unavailable") return { state, reason: key.problem ?? "its service does not answer" };
  if (!key.moving && key.removing === undefined) return { state: "active" };
  const target = key.removing === undefined ? "this key" : "the local key, to remove this one";
  return { state: "rotating", reason: `keys are being put under ${target}${key.move_problem ? `: ${key.move_problem}` : ""}` };
}

/** What is counted outside of the document. */
export type KeyCounts = Pick<CustomerManagedKey, "sealed_objects" | "erasure_keys" | "erasure_keys_to_rewrap">;

/** As the API answers it. */
export const toCustomerManagedKey = (key: StoredCustomerKey, counts: KeyCounts, now: number): CustomerManagedKey => ({
  ...omit(key, "org_id", "former", "moving", "removing", "health", "next_at", "problem", "move_problem"),
  ...computeKeyState(key, now),
  ...counts,
});

/** Turns the failure of a key into a refusal. Anything else is a fault of the plane, and returned as it is. */
export function toKeyRefusal(error: unknown): unknown {
  if (error instanceof KeyFailure)
    return new Refusal("customerKeyUnusable", { reason: error.message }, undefined, { key_failure: toKeyFailureBody(error) });
  if (isPalisadeError(error, "PAL_CMK_NOT_ALLOWED")) return new Refusal("customerKeyNotAllowed", { reason: error.message });
  if (isPalisadeError(error, "PAL_CMK_NO_PACKAGE")) return new Refusal("customerKeyUnusable", { reason: formatErrorMessage(error) });
  return error;
}

/** The failure as data, beside its sentence. */
export const toKeyFailureBody = ({ kind, key, from }: KeyFailure) => ({ kind, key, ...from });
