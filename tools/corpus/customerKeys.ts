import type { Verdict } from "../../review/change/judge.js";
import { toTypeToken, type WrittenResource, type WrittenChange } from "./writtenChanges.js";

/** Keys of customers in both clouds and the projects under them, written by hand as clouds.ts is. */
const PROJECT = "quiet-lake-12345678";
const ARN = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const OTHER_ARN = ARN.replace("01234567", "89abcdef");
const [USER, ADMIN, OTHER] = ["palisade", "security", "other"].map((name) => `arn:aws:iam::111122223333:role/${name}`);
const ROOT = "arn:aws:iam::111122223333:root";
const OF_PROJECT = { StringEquals: { "kms:EncryptionContext:project": PROJECT } };

const buildAllowStatement = (AWS: unknown, Action: unknown, more: object = {}) => ({
  Effect: "Allow",
  Principal: { AWS },
  Action,
  Resource: "*",
  ...more,
});
const USE = buildAllowStatement(USER, ["kms:Decrypt", "kms:GenerateDataKey"], { Condition: OF_PROJECT });
const ADMINISTER = buildAllowStatement([ADMIN, ROOT], ["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:EnableKeyRotation"]);
const DENY = {
  Effect: "Deny",
  Principal: "*",
  Action: "kms:Decrypt",
  Resource: "*",
  Condition: { StringNotEquals: { "aws:PrincipalAccount": "1" } },
};
const buildPolicy = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

const buildKey = (more: object = {}, statements: readonly object[] = [USE, ADMINISTER]): WrittenResource => ({
  type: "aws:kms/key:Key",
  name: "own",
  id: "01234567-89ab-cdef-0123-456789abcdef",
  outputs: { arn: ARN },
  inputs: { enableKeyRotation: true, rotationPeriodInDays: 365, deletionWindowInDays: 30, policy: buildPolicy(...statements), ...more },
});
const buildGrant = (more: object = {}): WrittenResource => ({
  type: "aws:kms/grant:Grant",
  name: "lent",
  id: "grant-1",
  origins: { keyId: ["own"] },
  inputs: { keyId: "01234567-89ab-cdef-0123-456789abcdef", granteePrincipal: OTHER, operations: ["Decrypt"], ...more },
});
const buildManagedKey = (
  more: object = {},
  origins: Readonly<Record<string, readonly string[]>> = { awsKms: ["own"] },
): WrittenResource => ({
  type: toTypeToken("CustomerManagedKey"),
  name: "shop",
  id: PROJECT,
  origins,
  inputs: {
    projectId: PROJECT,
    awsKms: { keyArn: ARN, roleArn: USER },
    onRevoked: "suspend",
    rewrapAfterRotation: true,
    release: false,
    ...more,
  },
});
const buildStack = (one: WrittenResource = buildKey(), ...more: readonly WrittenResource[]): WrittenResource[] => [
  one,
  buildManagedKey(),
  ...more,
];
const buildStackWithPolicy = (...statements: readonly object[]) => buildStack(buildKey({}, statements));
/** A stack whose state is known. */
const BESIDE: WrittenResource = { ...buildKey(), name: "beside", id: "89abcdef-89ab-cdef-0123-456789abcdef", outputs: { arn: OTHER_ARN } };
const MANAGED_SEPARATELY = buildManagedKey({ awsKms: { keyArn: OTHER_ARN } }, {});

const VAULT = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.KeyVault/vaults/shop";
const GUARDED = { enableRbacAuthorization: true, enablePurgeProtection: true, softDeleteRetentionInDays: 90 };
const buildVault = (more: object = {}): WrittenResource => ({
  type: "azure-native:keyvault:Vault",
  name: "vault",
  id: VAULT,
  inputs: { resourceGroupName: "shop", vaultName: "shop", properties: { ...GUARDED, ...more } },
});
const azureKey: WrittenResource = {
  type: "azure-native:keyvault:Key",
  name: "wrapping",
  id: `${VAULT}/keys/palisade`,
  origins: { vaultName: ["vault"] },
  inputs: { vaultName: "shop", keyName: "palisade", properties: { kty: "RSA" } },
  outputs: { keyUri: "https://shop.vault.azure.net/keys/palisade" },
};
const CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424";
const READER = "21090545-7ca7-4776-b22c-e363652d74d2";
const buildRoleAssignment = (name: string, role: string, scope = `${VAULT}/keys/palisade`): WrittenResource => ({
  type: "azure-native:authorization:RoleAssignment",
  name,
  id: `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`,
  inputs: {
    scope,
    principalId: `object of ${name}`,
    roleDefinitionId: `/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/${role}`,
  },
});
const azureManaged = buildManagedKey(
  { awsKms: undefined, azureKeyVault: { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" } },
  { azureKeyVault: ["wrapping"] },
);
const plane = buildRoleAssignment("plane", "e147488a-f6f5-4113-8e2d-b22465e65bf6");
const buildAzureStack = (...more: readonly WrittenResource[]): WrittenResource[] => [buildVault(), azureKey, plane, azureManaged, ...more];
const buildAzureStackWithVault = (more: object): WrittenResource[] => [buildVault(more), azureKey, plane, azureManaged];

export const customerKeys: readonly WrittenChange[] = [
  labelChange("a project under a key of its own", [buildKey()], buildStack(), "approve", ["encryption-key-added shop"]),
  labelChange("a project under another key", buildStack(), [buildKey(), MANAGED_SEPARATELY], "needsReview", [
    "encryption-key-changed shop",
  ]),
  labelChange(
    "a project under a key of another cloud",
    [...buildAzureStack(), buildKey()],
    [buildVault(), azureKey, plane, ...buildStack()],
    "needsReview",
    ["encryption-key-changed shop"],
  ),
  labelChange("a project under no key of its own", buildStack(), [buildKey()], "needsReview", ["encryption-key-removed shop"]),
  labelChange("a key that may be given up", buildStack(), [buildKey(), buildManagedKey({ release: true })], "needsReview", [
    "guard-released shop",
  ]),
  labelChange("a key given up", [buildKey(), buildManagedKey({ release: true })], [buildKey()], "block", ["encryption-key-released shop"]),
  labelChange("revocation ends no use", buildStack(), [buildKey(), buildManagedKey({ onRevoked: "refuseStarts" })], "needsReview", [
    "encryption-weakened shop",
  ]),
  labelChange("revocation ends the use again", [buildKey(), buildManagedKey({ onRevoked: "refuseStarts" })], buildStack(), "approve"),
  labelChange("old versions stay in use", buildStack(), [buildKey(), buildManagedKey({ rewrapAfterRotation: false })], "needsReview", [
    "encryption-weakened shop",
  ]),
  labelChange("a new key that everybody may use", [BESIDE], [BESIDE, buildKey({}, [buildAllowStatement("*", "kms:*")])], "block", [
    "key-access-widened own",
  ]),
  labelChange("a new key of one role", [BESIDE], [BESIDE, buildKey()], "approve", ["key-access-widened own"]),
  labelChange(
    "another role may use the key",
    buildStackWithPolicy(USE, ADMINISTER),
    buildStackWithPolicy(USE, ADMINISTER, buildAllowStatement(OTHER, "kms:Decrypt")),
    "needsReview",
    ["key-access-widened own"],
  ),
  labelChange(
    "another role may use a key under which nothing is",
    [buildKey()],
    [buildKey({}, [USE, ADMINISTER, buildAllowStatement(OTHER, "kms:De*")])],
    "approve",
    ["key-access-widened own"],
  ),
  labelChange(
    "everybody may use the key",
    buildStackWithPolicy(USE, ADMINISTER),
    buildStackWithPolicy(buildAllowStatement("*", "kms:*"), ADMINISTER),
    "block",
    ["key-access-widened own"],
  ),
  labelChange(
    "everybody but one may use the key",
    buildStackWithPolicy(USE),
    buildStackWithPolicy({ Effect: "Allow", NotPrincipal: { AWS: OTHER }, Action: "kms:*", Resource: "*" }),
    "block",
    ["key-access-widened own"],
  ),
  labelChange(
    "the key for every project",
    buildStackWithPolicy(USE, ADMINISTER),
    buildStackWithPolicy(buildAllowStatement(USER, ["kms:Decrypt"]), ADMINISTER),
    "needsReview",
    ["key-access-widened own"],
  ),
  labelChange(
    "the key for a second project",
    buildStackWithPolicy(USE),
    buildStackWithPolicy({ ...USE, Condition: { StringEquals: { "kms:EncryptionContext:project": [PROJECT, "calm-river-87654321"] } } }),
    "needsReview",
    ["key-access-widened own"],
  ),
  labelChange(
    "a further condition",
    buildStackWithPolicy(USE),
    buildStackWithPolicy({
      ...USE,
      Condition: { StringEquals: { ...OF_PROJECT.StringEquals, "kms:EncryptionContext:organization": "org-1" } },
    }),
    "needsReview",
    ["key-access-narrowed own"],
  ),
  labelChange(
    "a policy in other words",
    buildStackWithPolicy(USE, ADMINISTER),
    buildStackWithPolicy(ADMINISTER, { ...USE, Sid: "Use", Action: ["KMS:decrypt", "kms:Generate*"] }),
    "approve",
  ),
  labelChange(
    "who administers may decrypt",
    buildStackWithPolicy(USE, ADMINISTER),
    buildStackWithPolicy(USE, buildAllowStatement([ADMIN, ROOT], "kms:*")),
    "needsReview",
    ["key-access-widened own"],
  ),
  labelChange("no policy any more", buildStackWithPolicy(USE, ADMINISTER), buildStack(buildKey({ policy: undefined })), "needsReview", [
    "key-access-narrowed own",
    "key-access-widened own",
  ]),
  labelChange("a denial gone", buildStackWithPolicy(USE, DENY), buildStackWithPolicy(USE), "needsReview", ["key-access-widened own"]),
  labelChange(
    "a policy that is known only after the update",
    buildStack(),
    buildStack(buildKey({ policy: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })),
    "needsReview",
    [],
    true,
  ),
  labelChange("a grant of the key", buildStack(), buildStack(buildKey(), buildGrant()), "needsReview", ["key-access-widened lent"]),
  labelChange(
    "a grant for one project's data",
    buildStack(),
    buildStack(buildKey(), buildGrant({ constraints: [{ encryptionContextSubset: { project: PROJECT } }] })),
    "needsReview",
    ["key-access-widened lent"],
  ),
  labelChange("a grant that only encrypts", buildStack(), buildStack(buildKey(), buildGrant({ operations: ["Encrypt"] })), "approve"),
  labelChange("rotation off", buildStack(), buildStack(buildKey({ enableKeyRotation: false })), "needsReview", [
    "key-protection-weakened own",
  ]),
  labelChange("rotation less often", buildStack(), buildStack(buildKey({ rotationPeriodInDays: 730 })), "needsReview", [
    "key-protection-weakened own",
  ]),
  labelChange("rotation more often", buildStack(), buildStack(buildKey({ rotationPeriodInDays: 90 })), "approve"),
  labelChange("a shorter deletion window", buildStack(), buildStack(buildKey({ deletionWindowInDays: 7 })), "needsReview", [
    "key-protection-weakened own",
  ]),
  labelChange("the key disabled", buildStack(), buildStack(buildKey({ isEnabled: false })), "needsReview", ["key-protection-weakened own"]),
  labelChange("the key deleted while data is under it", buildStack(), [buildManagedKey({}, {})], "block", ["key-destroyed own"]),
  labelChange("the key deleted after its project left it", buildStack(), [MANAGED_SEPARATELY], "needsReview", [
    "encryption-key-changed shop",
    "key-destroyed own",
  ]),
  labelChange("a key under which nothing is deleted", [buildKey()], [], "approve"),

  labelChange(
    "Azure: another identity may use the key",
    buildAzureStack(),
    buildAzureStack(buildRoleAssignment("other", CRYPTO_USER)),
    "needsReview",
    ["key-access-widened other"],
  ),
  labelChange(
    "Azure: another identity may use all keys of the vault",
    buildAzureStack(),
    buildAzureStack(buildRoleAssignment("other", CRYPTO_USER, VAULT)),
    "needsReview",
    ["key-access-widened other"],
  ),
  labelChange(
    "Azure: a role that nobody knows",
    buildAzureStack(),
    buildAzureStack(buildRoleAssignment("other", "00000000-0000-0000-0000-000000000001")),
    "needsReview",
    ["key-access-widened other"],
  ),
  labelChange(
    "Azure: an identity may read what keys there are",
    buildAzureStack(),
    buildAzureStack(buildRoleAssignment("other", READER)),
    "approve",
  ),
  labelChange(
    "Azure: an identity of another vault",
    buildAzureStack(),
    buildAzureStack(buildRoleAssignment("other", CRYPTO_USER, `${VAULT}-2`)),
    "approve",
  ),
  labelChange(
    "Azure: purge protection off",
    buildAzureStackWithVault({}),
    buildAzureStackWithVault({ enablePurgeProtection: undefined }),
    "needsReview",
    ["key-protection-weakened vault"],
  ),
  labelChange(
    "Azure: recoverable for less time",
    buildAzureStackWithVault({}),
    buildAzureStackWithVault({ softDeleteRetentionInDays: 7 }),
    "needsReview",
    ["key-protection-weakened vault"],
  ),
  labelChange(
    "Azure: access policies instead of roles",
    buildAzureStackWithVault({}),
    buildAzureStackWithVault({
      enableRbacAuthorization: false,
      accessPolicies: [{ objectId: "everyone at work", permissions: { keys: ["unwrapKey"] } }],
    }),
    "needsReview",
    ["key-access-narrowed vault", "key-access-widened vault", "key-protection-weakened vault"],
  ),
  labelChange("Azure: the vault deleted with the key", buildAzureStack(), [azureManaged], "block", [
    "key-destroyed vault",
    "key-destroyed wrapping",
  ]),
];

function labelChange(
  name: string,
  before: readonly WrittenResource[],
  after: readonly WrittenResource[],
  verdict: Verdict,
  findings: readonly string[] = [],
  unclear?: true,
): WrittenChange {
  return { name, category: "keys", before, after, verdict, findings, ...(unclear && { unclear }) };
}
