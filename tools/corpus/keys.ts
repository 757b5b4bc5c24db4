import type { Verdict } from "../../review/change/judge.js";
import { ours, type Written, type WrittenChange } from "./written.js";

/** Keys of customers in both clouds and the projects under them, written by hand as clouds.ts is. */
const PROJECT = "quiet-lake-12345678";
const ARN = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const OTHER_ARN = ARN.replace("01234567", "89abcdef");
const [USER, ADMIN, OTHER] = ["palisade", "security", "other"].map((name) => `arn:aws:iam::111122223333:role/${name}`);
const ROOT = "arn:aws:iam::111122223333:root";
const OF_PROJECT = { StringEquals: { "kms:EncryptionContext:project": PROJECT } };

const allow = (AWS: unknown, Action: unknown, more: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS },
  Action,
  Resource: "*",
  ...more,
});
const USE = allow(USER, ["kms:Decrypt", "kms:GenerateDataKey"], { Condition: OF_PROJECT });
const ADMINISTER = allow([ADMIN, ROOT], ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKeyRotation"]);
const DENY = {
  Effect: "Deny",
  Principal: "*",
  Action: "kms:Decrypt",
  Resource: "*",
  Condition: { StringNotEquals: { "aws:PrincipalAccount": "1" } },
};
const policy = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

const key = (more: object = {}, statements: readonly object[] = [USE, ADMINISTER]): Written => ({
  ...{ type: "aws:kms/key:Key", name: "own", id: "01234567-89ab-cdef-0123-456789abcdef", outputs: { arn: ARN } },
  inputs: { enableKeyRotation: true, rotationPeriodInDays: 365, deletionWindowInDays: 30, policy: policy(...statements), ...more },
});
const grant = (more: object = {}): Written => ({
  ...{ type: "aws:kms/grant:Grant", name: "lent", id: "grant-1", origins: { keyId: ["own"] } },
  inputs: { keyId: "01234567-89ab-cdef-0123-456789abcdef", granteePrincipal: OTHER, operations: ["Decrypt"], ...more },
});
const managed = (more: object = {}, origins: Readonly<Record<string, readonly string[]>> = { awsKms: ["own"] }): Written => ({
  ...{ type: ours("CustomerManagedKey"), name: "shop", id: PROJECT, origins },
  inputs: {
    projectId: PROJECT,
    awsKms: { keyArn: ARN, roleArn: USER },
    onRevoked: "suspend",
    rewrapAfterRotation: true,
    release: false,
    ...more,
  },
});
const sealed = (one: Written = key(), ...more: readonly Written[]): Written[] => [one, managed(), ...more];
const says = (...statements: readonly object[]) => sealed(key({}, statements));
/** A stack whose state is known. */
const BESIDE: Written = { ...key(), name: "beside", id: "89abcdef-89ab-cdef-0123-456789abcdef", outputs: { arn: OTHER_ARN } };
const MANAGED_SEPARATELY = managed({ awsKms: { keyArn: OTHER_ARN } }, {});

const VAULT = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.KeyVault/vaults/shop";
const GUARDED = { enableRbacAuthorization: true, enablePurgeProtection: true, softDeleteRetentionInDays: 90 };
const vault = (more: object = {}): Written => ({
  ...{ type: "azure-native:keyvault:Vault", name: "vault", id: VAULT },
  inputs: { resourceGroupName: "shop", vaultName: "shop", properties: { ...GUARDED, ...more } },
});
const azureKey: Written = {
  ...{ type: "azure-native:keyvault:Key", name: "wrapping", id: `${VAULT}/keys/palisade`, origins: { vaultName: ["vault"] } },
  ...{
    inputs: { vaultName: "shop", keyName: "palisade", properties: { kty: "RSA" } },
    outputs: { keyUri: "https://shop.vault.azure.net/keys/palisade" },
  },
};
const CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424";
const READER = "21090545-7ca7-4776-b22c-e363652d74d2";
const assignment = (name: string, role: string, scope = `${VAULT}/keys/palisade`): Written => ({
  ...{ type: "azure-native:authorization:RoleAssignment", name, id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}` },
  inputs: {
    scope,
    principalId: `object of ${name}`,
    roleDefinitionId: `/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/${role}`,
  },
});
const azureManaged = managed(
  { awsKms: undefined, azureKeyVault: { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" } },
  { azureKeyVault: ["wrapping"] },
);
const plane = assignment("plane", "e147488a-f6f5-4113-8e2d-b22465e65bf6");
const azure = (...more: readonly Written[]): Written[] => [vault(), azureKey, plane, azureManaged, ...more];
const guarded = (more: object): Written[] => [vault(more), azureKey, plane, azureManaged];

export const keys: readonly WrittenChange[] = [
  change("a project under a key of its own", [key()], sealed(), "approve", ["encryption-key-added shop"]),
  change("a project under another key", sealed(), [key(), MANAGED_SEPARATELY], "needsReview", ["encryption-key-changed shop"]),
  change("a project under a key of another cloud", [...azure(), key()], [vault(), azureKey, plane, ...sealed()], "needsReview", [
    "encryption-key-changed shop",
  ]),
  change("a project under no key of its own", sealed(), [key()], "needsReview", ["encryption-key-removed shop"]),
  change("a key that may be given up", sealed(), [key(), managed({ release: true })], "needsReview", ["guard-released shop"]),
  change("a key given up", [key(), managed({ release: true })], [key()], "block", ["encryption-key-released shop"]),
  change("revocation ends no use", sealed(), [key(), managed({ onRevoked: "refuseStarts" })], "needsReview", ["encryption-weakened shop"]),
  change("revocation ends the use again", [key(), managed({ onRevoked: "refuseStarts" })], sealed(), "approve"),
  change("old versions stay in use", sealed(), [key(), managed({ rewrapAfterRotation: false })], "needsReview", [
    "encryption-weakened shop",
  ]),
  change("a new key that everybody may use", [BESIDE], [BESIDE, key({}, [allow("*", "kms:*")])], "block", ["key-access-widened own"]),
  change("a new key of one role", [BESIDE], [BESIDE, key()], "approve", ["key-access-widened own"]),
  change("another role may use the key", says(USE, ADMINISTER), says(USE, ADMINISTER, allow(OTHER, "kms:Decrypt")), "needsReview", [
    "key-access-widened own",
  ]),
  change("another role may use a key under which nothing is", [key()], [key({}, [USE, ADMINISTER, allow(OTHER, "kms:De*")])], "approve", [
    "key-access-widened own",
  ]),
  change("everybody may use the key", says(USE, ADMINISTER), says(allow("*", "kms:*"), ADMINISTER), "block", ["key-access-widened own"]),
  change(
    "everybody but one may use the key",
    says(USE),
    says({ Effect: "Allow", NotPrincipal: { AWS: OTHER }, Action: "kms:*", Resource: "*" }),
    "block",
    ["key-access-widened own"],
  ),
  change("the key for every project", says(USE, ADMINISTER), says(allow(USER, ["kms:Decrypt"]), ADMINISTER), "needsReview", [
    "key-access-widened own",
  ]),
  change(
    "the key for a second project",
    says(USE),
    says({ ...USE, Condition: { StringEquals: { "kms:EncryptionContext:project": [PROJECT, "calm-river-87654321"] } } }),
    "needsReview",
    ["key-access-widened own"],
  ),
  change(
    "a further condition",
    says(USE),
    says({ ...USE, Condition: { StringEquals: { ...OF_PROJECT.StringEquals, "kms:EncryptionContext:organization": "org-1" } } }),
    "needsReview",
    ["key-access-narrowed own"],
  ),
  change(
    "a policy in other words",
    says(USE, ADMINISTER),
    says(ADMINISTER, { ...USE, Sid: "Use", Action: ["KMS:decrypt", "kms:Generate*"] }),
    "approve",
  ),
  change("who administers may decrypt", says(USE, ADMINISTER), says(USE, allow([ADMIN, ROOT], "kms:*")), "needsReview", [
    "key-access-widened own",
  ]),
  change("no policy any more", says(USE, ADMINISTER), sealed(key({ policy: undefined })), "needsReview", [
    "key-access-narrowed own",
    "key-access-widened own",
  ]),
  change("a denial gone", says(USE, DENY), says(USE), "needsReview", ["key-access-widened own"]),
  change(
    "a policy that is known only after the update",
    sealed(),
    sealed(key({ policy: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })),
    "needsReview",
    [],
    true,
  ),
  change("a grant of the key", sealed(), sealed(key(), grant()), "needsReview", ["key-access-widened lent"]),
  change(
    "a grant for one project's data",
    sealed(),
    sealed(key(), grant({ constraints: [{ encryptionContextSubset: { project: PROJECT } }] })),
    "needsReview",
    ["key-access-widened lent"],
  ),
  change("a grant that only encrypts", sealed(), sealed(key(), grant({ operations: ["Encrypt"] })), "approve"),
  change("rotation off", sealed(), sealed(key({ enableKeyRotation: false })), "needsReview", ["key-protection-weakened own"]),
  change("rotation less often", sealed(), sealed(key({ rotationPeriodInDays: 730 })), "needsReview", ["key-protection-weakened own"]),
  change("rotation more often", sealed(), sealed(key({ rotationPeriodInDays: 90 })), "approve"),
  change("a shorter deletion window", sealed(), sealed(key({ deletionWindowInDays: 7 })), "needsReview", ["key-protection-weakened own"]),
  change("the key disabled", sealed(), sealed(key({ isEnabled: false })), "needsReview", ["key-protection-weakened own"]),
  change("the key deleted while data is under it", sealed(), [managed({}, {})], "block", ["key-destroyed own"]),
  change("the key deleted after its project left it", sealed(), [MANAGED_SEPARATELY], "needsReview", [
    "encryption-key-changed shop",
    "key-destroyed own",
  ]),
  change("a key under which nothing is deleted", [key()], [], "approve"),

  change("Azure: another identity may use the key", azure(), azure(assignment("other", CRYPTO_USER)), "needsReview", [
    "key-access-widened other",
  ]),
  change("Azure: another identity may use all keys of the vault", azure(), azure(assignment("other", CRYPTO_USER, VAULT)), "needsReview", [
    "key-access-widened other",
  ]),
  change("Azure: a role that nobody knows", azure(), azure(assignment("other", "00000000-0000-0000-0000-000000000001")), "needsReview", [
    "key-access-widened other",
  ]),
  change("Azure: an identity may read what keys there are", azure(), azure(assignment("other", READER)), "approve"),
  change("Azure: an identity of another vault", azure(), azure(assignment("other", CRYPTO_USER, `${VAULT}-2`)), "approve"),
  change("Azure: purge protection off", guarded({}), guarded({ enablePurgeProtection: undefined }), "needsReview", [
    "key-protection-weakened vault",
  ]),
  change("Azure: recoverable for less time", guarded({}), guarded({ softDeleteRetentionInDays: 7 }), "needsReview", [
    "key-protection-weakened vault",
  ]),
  change(
    "Azure: access policies instead of roles",
    guarded({}),
    guarded({ enableRbacAuthorization: false, accessPolicies: [{ objectId: "everyone at work", permissions: { keys: ["unwrapKey"] } }] }),
    "needsReview",
    ["key-access-narrowed vault", "key-access-widened vault", "key-protection-weakened vault"],
  ),
  change("Azure: the vault deleted with the key", azure(), [azureManaged], "block", ["key-destroyed vault", "key-destroyed wrapping"]),
];

function change(
  name: string,
  before: readonly Written[],
  after: readonly Written[],
  verdict: Verdict,
  findings: readonly string[] = [],
  unclear?: true,
): WrittenChange {
  return { name, category: "keys", before, after, verdict, findings, ...(unclear && { unclear }) };
}
