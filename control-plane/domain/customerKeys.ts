import { canonicalKeyReference, vaultKeyReference } from "@palisade/neon/contract/customerKeys";
import { isPalisadeError, messageOf } from "@palisade/neon/contract/errors";
import type { CustomerManagedKey, CustomerManagedKeyRequest } from "@palisade/neon/contract/wire/customerManagedKey";
import { KeyFailure } from "../encryption/keys/failure.js";
import type { WrappedKey } from "../encryption/keys/provider.js";
import { DEFAULT_RULES, judgeHealth, type KeyVerdict, type RevocationRules } from "../encryption/revocation.js";
import type { NamedKey, StoredCustomerKey } from "../store/kinds.js";
import { Refusal } from "./refusals.js";
import { given, without } from "./values.js";

/** Exactly one key is named, in a form that it can have. @throws Refusal that names the field */
export function mustNameOneKey({ aws_kms, azure_key_vault }: CustomerManagedKeyRequest): NamedKey {
  if ((aws_kms === undefined) === (azure_key_vault === undefined))
    throw new Refusal("badRequest", { detail: "exactly one of aws_kms and azure_key_vault is to be given" });
  const named = given({ aws_kms, azure_key_vault });
  try {
    referenceOf(named);
  } catch (error) {
    if (!isPalisadeError(error, "PAL_CMK_REFERENCE")) throw error;
    throw new Refusal("badRequest", { detail: `${aws_kms ? "aws_kms" : "azure_key_vault"}: ${error.detail}` });
  }
  return named;
}

/** One spelling for one key, without a version. @throws PAL_CMK_REFERENCE */
export function referenceOf({ aws_kms, azure_key_vault }: NamedKey): string {
  if (aws_kms) return canonicalKeyReference(aws_kms.key_arn);
  if (azure_key_vault) return vaultKeyReference({ vaultUrl: azure_key_vault.vault_url, keyName: azure_key_vault.key_name });
  throw new Error("a customer's key is one of AWS or of Azure");
}

/** Whether the key wrapped it, in any of its versions. */
export function isUnder({ service, keyId }: Pick<WrappedKey, "service" | "keyId">, named: NamedKey): boolean {
  if (named.aws_kms) return service === "awsKms" && keyId === named.aws_kms.key_arn;
  return service === "azureKeyVault" && keyId.toLowerCase().startsWith(`${referenceOf(named)}/`);
}

/** Whether there is nothing to be done with what is wrapped so. */
export const isSettled = (wrapped: Pick<WrappedKey, "service" | "keyId">, key: StoredCustomerKey): boolean => {
  if (key.removing !== undefined) return wrapped.service === "localKms";
  return isUnder(wrapped, key) && (!key.rewrap_after_rotation || wrapped.keyId === key.key_version);
};

export const rulesOf = ({ on_revoked }: Pick<CustomerManagedKey, "on_revoked">): RevocationRules => ({
  ...DEFAULT_RULES,
  onRevoked: on_revoked === "suspend" ? "suspend" : "refuseStarts",
});

/** @param now milliseconds */
export const judgeKey = (key: StoredCustomerKey, now: number): KeyVerdict => judgeHealth(key.health, now, rulesOf(key));

export const isAtWork = ({ former, moving, removing }: StoredCustomerKey): boolean => former.length > 0 || moving || removing !== undefined;

/** How it is told, and why it is not `active`. */
export function stateOf(key: StoredCustomerKey, now: number): Pick<CustomerManagedKey, "state" | "reason"> {
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
export const shownKey = (key: StoredCustomerKey, counts: KeyCounts, now: number): CustomerManagedKey => ({
  ...without(key, "org_id", "former", "moving", "removing", "health", "next_at", "problem", "move_problem"),
  ...stateOf(key, now),
  ...counts,
});

/** What a key that cannot be used is to whoever named it. Anything else is a fault of the plane, and thrown as it is. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof KeyFailure)
    return new Refusal("customerKeyUnusable", { reason: error.message }, undefined, { key_failure: failureOf(error) });
  if (isPalisadeError(error, "PAL_CMK_NOT_ALLOWED")) return new Refusal("customerKeyNotAllowed", { reason: error.message });
  if (isPalisadeError(error, "PAL_CMK_NO_PACKAGE")) return new Refusal("customerKeyUnusable", { reason: messageOf(error) });
  return error;
}

/** The failure as data, beside its sentence. */
export const failureOf = ({ kind, key, from }: KeyFailure) => ({ kind, key, ...from });
