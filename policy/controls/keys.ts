import { ANY_PRINCIPAL, getConditions, isDenial, listStatementPowers, listPrincipals, parseKeyPolicy } from "../../contract/kmsPolicies.js";
import { isProperties } from "../../provider/introspection.js";
import { type Control, getValue } from "../control.js";
import { CannotJudgeError, type Subject } from "../subject.js";
import type { Stack } from "../stack.js";

/** Keys of customers: who may use them, and what keeps them. Of keys that another stack declares nothing shows here. */

const AWS_KEY = "aws:kms/key:Key";
const VAULT = "azure-native:keyvault:Vault";
const CONTEXT = "kms:EncryptionContext:";

/** The cloud's own resources that the key of a project comes from. */
function listCloudResources(subject: Subject, stack: Stack, type: string): readonly Subject[] {
  const properties = ["awsKms", "azureKeyVault"];
  return properties.flatMap((property) => stack.listSources(subject, property)).filter((one) => one.type === type);
}

function* checkKeyPolicy(key: Subject): Iterable<string> {
  const policy = getValue(key, "policy");
  if (policy === undefined) {
    yield "The key has no policy, so whoever the account lets may use it, for any data.";
    return;
  }
  const statements = typeof policy === "string" ? parseKeyPolicy(policy) : undefined;
  if (statements === undefined) throw new CannotJudgeError("the key's policy is no policy");
  for (const statement of statements.filter((one) => !isDenial(one))) {
    const powers = listStatementPowers(statement);
    if (powers.length > 0 && listPrincipals(statement).some((name) => name.includes(ANY_PRINCIPAL)))
      yield "Its policy lets principals in by a wildcard.";
    if (powers.includes("use") && ![...getConditions(statement).keys()].some((name) => name.includes(CONTEXT)))
      yield "Its policy lets the key be used for any data.";
  }
}

function* checkKey(key: Subject, leastDays: number): Iterable<string> {
  if (getValue(key, "enableKeyRotation") !== true) yield "enableKeyRotation is not true.";
  const days = getValue(key, "deletionWindowInDays");
  if (typeof days === "number" && days < leastDays) yield "deletionWindowInDays is too short.";
}

function* checkVault(vault: Subject, leastDays: number): Iterable<string> {
  const properties = getValue(vault, "properties");
  if (!isProperties(properties)) throw new CannotJudgeError("properties of the vault are known only after the update");
  if (getValue(vault, "properties", "enablePurgeProtection") !== true) yield "enablePurgeProtection is not true.";
  const days = getValue(vault, "properties", "softDeleteRetentionInDays");
  if (typeof days === "number" && days < leastDays) yield "softDeleteRetentionInDays is too short.";
}

export const keyControls: readonly Control[] = [
  {
    id: "customer-key-narrow",
    scope: "stack",
    kinds: ["CustomerManagedKey"],
    level: "mandatory",
    severity: "high",
    soc2: ["C1.1", "CC6.1"],
    iso27001: ["A.8.3", "A.8.24"],
    privacy: "encryption",
    promises: [10],
    requires: "A project's own key may be used by named principals alone, for that project's data alone.",
    why: "Whoever may decrypt with the key opens every copy of the data that is sealed under it, wherever that lies.",
    remedy:
      "Use CustomerKey of @palisade/neon/aws or /azure, or write the same into the key's policy; in Azure let roles decide (enableRbacAuthorization).",
    *check(subject, _settings, stack) {
      for (const key of listCloudResources(subject, stack, AWS_KEY)) yield* checkKeyPolicy(key);
      for (const vault of listCloudResources(subject, stack, VAULT))
        if (getValue(vault, "properties", "enableRbacAuthorization") !== true) yield "enableRbacAuthorization of its vault is not true.";
    },
  },
  {
    id: "customer-key-guarded",
    scope: "stack",
    kinds: ["CustomerManagedKey"],
    level: "mandatory",
    severity: "medium",
    soc2: ["A1.2", "C1.1"],
    iso27001: ["A.8.24"],
    privacy: "encryption",
    promises: [10],
    requires: "A project's own key is rotated, and can be brought back for a while when it is deleted.",
    why: "Without the key nobody reads the data again; a key that is never rotated opens everything for ever once it is stolen.",
    remedy:
      "Set enableKeyRotation and a deletionWindowInDays of AWS' key, enablePurgeProtection and softDeleteRetentionInDays of Azure's vault.",
    settings: {
      days: { type: "integer", minimum: 7, maximum: 30, default: 30, description: "Shortest time to bring a deleted key back, in days." },
    },
    *check(subject, { days }, stack) {
      for (const key of listCloudResources(subject, stack, AWS_KEY)) yield* checkKey(key, Number(days));
      for (const vault of listCloudResources(subject, stack, VAULT)) yield* checkVault(vault, Number(days));
    },
  },
  {
    id: "customer-key-revocable",
    scope: "resource",
    kinds: ["CustomerManagedKey"],
    level: "mandatory",
    severity: "medium",
    soc2: ["C1.1", "CC6.1"],
    iso27001: ["A.8.24"],
    privacy: "encryption",
    promises: [10],
    requires: "Revoking a project's own key ends the use of the data, and no destroy gives up what is sealed under it.",
    why: "A key that does not stop running computes is no switch; one that may be given up is one mistake away from losing the data.",
    remedy: 'Keep onRevoked: "suspend", and leave release out.',
    *check(subject) {
      if (getValue(subject, "onRevoked") === "refuseStarts") yield "onRevoked lets running computes go on.";
      if (getValue(subject, "release") === true) yield "release is true.";
    },
  },
];
