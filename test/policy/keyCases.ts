import type { Subject } from "../../policy/subject.js";
import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import type { Case } from "./cases.js";
import { subject } from "./subjects.js";

const ROLE = "arn:aws:iam::111122223333:role/palisade";
const CONDITION = { StringEquals: { "kms:EncryptionContext:project": "quiet-lake-12345678" } };
const use = (more: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS: ROLE },
  Action: "kms:Decrypt",
  Resource: "*",
  Condition: CONDITION,
  ...more,
});
const policy = (...Statement: readonly object[]) => ({ policy: JSON.stringify({ Version: "2012-10-17", Statement }) });

const foreign = (type: string, inputs: Record<string, unknown>): Subject => ({
  urn: `urn:pulumi:dev::shop::${type}::own`,
  type,
  kind: undefined,
  inputs,
  protect: false,
  ignoreChanges: [],
  origins: {},
});
const awsKey = (more: object = {}) =>
  foreign("aws:kms/key:Key", { enableKeyRotation: true, deletionWindowInDays: 30, ...policy(use()), ...more });
const GUARDED = { enableRbacAuthorization: true, enablePurgeProtection: true, softDeleteRetentionInDays: 90 };
const vault = (more: object = {}) => foreign("azure-native:keyvault:Vault", { properties: { ...GUARDED, ...more } });
const under = (key: Subject): Subject[] => [key, subject("CustomerManagedKey", {}, { origins: { awsKms: [key.urn] } })];
const underVault = (one: Subject): Subject[] => {
  const azureKeyVault = { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" };
  return [one, subject("CustomerManagedKey", { awsKms: undefined, azureKeyVault }, { origins: { azureKeyVault: [one.urn] } })];
};

/** Keys of customers, and the cloud's resources that they come from. */
export const KEY_CASES: Record<string, Case> = {
  "customer-key-narrow": {
    weak: [
      under(awsKey(policy(use({ Principal: "*" })))),
      under(awsKey(policy(use({ Principal: { AWS: "*" }, Action: "kms:*" })))),
      under(awsKey(policy(use(), use({ Condition: undefined })))),
      under(awsKey(policy({ Effect: "Allow", NotPrincipal: { AWS: ROLE }, Action: "kms:PutKeyPolicy", Resource: "*" }))),
      under(awsKey({ policy: undefined })),
      underVault(vault({ enableRbacAuthorization: false })),
    ],
    hardened: [
      under(awsKey()),
      under(awsKey(policy(use(), { Effect: "Deny", Principal: "*", Action: "kms:*", Resource: "*" }))),
      under(awsKey(policy(use({ Action: "kms:Encrypt", Condition: undefined })))),
      underVault(vault()),
      [awsKey(policy(use({ Principal: "*" })))],
      [subject("CustomerManagedKey")],
    ],
    unknown: [under(awsKey({ policy: UNKNOWN })), under(awsKey({ policy: "{" })), underVault(vault({ enableRbacAuthorization: UNKNOWN }))],
  },
  "customer-key-guarded": {
    weak: [
      under(awsKey({ enableKeyRotation: false })),
      under(awsKey({ enableKeyRotation: undefined })),
      under(awsKey({ deletionWindowInDays: 7 })),
      underVault(vault({ enablePurgeProtection: undefined })),
      underVault(vault({ softDeleteRetentionInDays: 7 })),
    ],
    hardened: [under(awsKey()), under(awsKey({ deletionWindowInDays: undefined })), underVault(vault()), [subject("CustomerManagedKey")]],
    unknown: [under(awsKey({ enableKeyRotation: UNKNOWN })), underVault(vault({ enablePurgeProtection: UNKNOWN }))],
  },
  "customer-key-revocable": {
    weak: [[subject("CustomerManagedKey", { onRevoked: "refuseStarts" })], [subject("CustomerManagedKey", { release: true })]],
    hardened: [[subject("CustomerManagedKey")]],
    unknown: [[subject("CustomerManagedKey", { onRevoked: UNKNOWN })]],
  },
};
