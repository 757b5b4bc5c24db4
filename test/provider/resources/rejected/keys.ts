import { NOT_AN_ID, type Rejected } from "./words.js";

const KEY = "arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef";
const SUFFIXES =
  "vault.azure.net, vault.azure.cn, vault.usgovcloudapi.net, managedhsm.azure.net, managedhsm.azure.cn, managedhsm.usgovcloudapi.net";
const VAULT = { vaultUrl: "https://shop.vault.azure.net", keyName: "palisade" };
const ALIAS = "arn:aws:kms:eu-central-1:111122223333:alias/palisade";
const azure = (more: object) => ({ awsKms: undefined, azureKeyVault: { ...VAULT, ...more } });

/** Keys of customers. */
export const KEYS = {
  CustomerManagedKey: {
    sound: { projectId: "quiet-lake-12345678", awsKms: { keyArn: KEY } },
    cases: [
      ["projectId", { projectId: "Shop" }, "projectId", NOT_AN_ID],
      ["awsKms", { awsKms: undefined }, "awsKms", "or azureKeyVault must be there, and not both"],
      ["azureKeyVault", { azureKeyVault: VAULT }, "awsKms", "or azureKeyVault must be there, and not both"],
      ["awsKms.keyArn", { awsKms: { keyArn: ALIAS } }, "awsKms.keyArn", `keyArn "${ALIAS}" is not arn:aws:kms:REGION:ACCOUNT:key/ID`],
      ["awsKms.keyArn", { awsKms: {} }, "awsKms.keyArn", "is required"],
      [
        "awsKms.roleArn",
        { awsKms: { keyArn: KEY, roleArn: "palisade" } },
        "awsKms.roleArn",
        'roleArn "palisade" is not arn:aws:iam::ACCOUNT:role/NAME',
      ],
      [
        "azureKeyVault.vaultUrl",
        azure({ vaultUrl: "https://shop.example.com" }),
        "azureKeyVault.vaultUrl",
        `vaultUrl "https://shop.example.com" is not https://NAME.SUFFIX with a suffix of ${SUFFIXES}`,
      ],
      [
        "azureKeyVault.keyName",
        azure({ keyName: "a/b" }),
        "azureKeyVault.keyName",
        'keyName "a/b" is not 1 to 127 letters, digits and hyphens',
      ],
      ["onRevoked", { onRevoked: "ignore" }, "onRevoked", 'must be "suspend", "refuseStarts"'],
      ["rewrapAfterRotation", { rewrapAfterRotation: "no" }, "rewrapAfterRotation", "expected boolean, received string"],
      ["release", { release: 1 }, "release", "expected boolean, received number"],
    ],
  },
  KeyVaultRotationPolicy: {
    sound: { ...VAULT, rotateAfterDays: 90 },
    cases: [
      [
        "vaultUrl",
        { vaultUrl: "https://shop.example.com" },
        "vaultUrl",
        `vaultUrl "https://shop.example.com" is not https://NAME.SUFFIX with a suffix of ${SUFFIXES}`,
      ],
      ["keyName", { keyName: "a/b" }, "keyName", 'keyName "a/b" is not 1 to 127 letters, digits and hyphens'],
      ["rotateAfterDays", { rotateAfterDays: 6 }, "rotateAfterDays", 'must be "never" or a whole number of days from 7 to 3650'],
      ["expireAfterDays", { expireAfterDays: 27 }, "expireAfterDays", "must be at least 28"],
      [
        "expireAfterDays",
        { expireAfterDays: 96 },
        "expireAfterDays",
        "must be at least 7 days more than rotateAfterDays, or the key expires before it is rotated",
      ],
    ],
  },
} satisfies Rejected;
