import { PalisadeError } from "./errors.js";

/** A key of AWS KMS that a tenant names. */
export interface AwsKey {
  /** `arn:aws:kms:REGION:ACCOUNT:key/ID`; no alias, because that can be moved to another key. */
  readonly keyArn: string;
  /** A role of the key's owner that the plane assumes. Default: the plane's own identity, which the operator must have allowed. */
  readonly roleArn?: string | undefined;
}

/** A key of Azure Key Vault that a tenant names. */
export interface AzureKey {
  /** `https://NAME.vault.azure.net` */
  readonly vaultUrl: string;
  readonly keyName: string;
}

/** The parts of a key's ARN. @throws PAL_CMK_REFERENCE */
export function parseKeyArn(keyArn: string): { region: string; account: string; id: string } {
  const [, region, account, id] = KEY_ARN.exec(keyArn) ?? [];
  if (region === undefined || account === undefined || id === undefined)
    throw new PalisadeError("PAL_CMK_REFERENCE", `keyArn ${JSON.stringify(keyArn)} is not arn:aws:kms:REGION:ACCOUNT:key/ID`);
  return { region, account, id };
}

/** @throws PAL_CMK_REFERENCE */
export function assertRoleArn(roleArn: string): void {
  if (!ROLE_ARN.test(roleArn))
    throw new PalisadeError("PAL_CMK_REFERENCE", `roleArn ${JSON.stringify(roleArn)} is not arn:aws:iam::ACCOUNT:role/NAME`);
}

/** The parts of the ARN of a user or role, which has no wildcard; undefined of anything else. */
export function findPrincipalArn(arn: string): { partition: string; account: string } | undefined {
  const [, partition, account] = PRINCIPAL_ARN.exec(arn) ?? [];
  return partition === undefined || account === undefined ? undefined : { partition, account };
}

/** As `findPrincipalArn`. @throws PAL_CMK_REFERENCE */
export function parsePrincipalArn(arn: string): { partition: string; account: string } {
  const found = findPrincipalArn(arn);
  if (found === undefined)
    throw new PalisadeError(
      "PAL_CMK_REFERENCE",
      `${JSON.stringify(arn)} is not arn:aws:iam::ACCOUNT:role/NAME or arn:aws:iam::ACCOUNT:user/NAME`,
    );
  return found;
}

/** A vault's own address, without a slash at its end. The address must be that of a vault: the plane sends a token to it. @throws PAL_CMK_REFERENCE */
export function parseVaultUrl(vaultUrl: string): string {
  const [, name, suffix = ""] = VAULT_URL.exec(vaultUrl) ?? [];
  if (name === undefined || !VAULT_SUFFIXES.includes(suffix))
    throw new PalisadeError(
      "PAL_CMK_REFERENCE",
      `vaultUrl ${JSON.stringify(vaultUrl)} is not https://NAME.SUFFIX with a suffix of ${VAULT_SUFFIXES.join(", ")}`,
    );
  return `https://${name}.${suffix}`.toLowerCase();
}

/** @throws PAL_CMK_REFERENCE */
export function assertKeyName(keyName: string): void {
  if (!KEY_NAME.test(keyName))
    throw new PalisadeError("PAL_CMK_REFERENCE", `keyName ${JSON.stringify(keyName)} is not 1 to 127 letters, digits and hyphens`);
}

/** What a vault's key is called without a version. @throws PAL_CMK_REFERENCE */
export function formatVaultKeyReference({ vaultUrl, keyName }: AzureKey): string {
  const address = parseVaultUrl(vaultUrl);
  assertKeyName(keyName);
  // Names of vaults and keys are the same in capitals.
  return `${address}/keys/${keyName.toLowerCase()}`;
}

/**
 * One spelling for a key of either cloud: its ARN, or the address of its vault with `/keys/` and its name.
 * @throws PAL_CMK_REFERENCE
 */
export function canonicalizeKeyReference(reference: string): string {
  if (reference.startsWith("arn:")) {
    parseKeyArn(reference);
    return reference;
  }
  const [vaultUrl = "", keyName = ""] = reference.split("/keys/", 2);
  return formatVaultKeyReference({ vaultUrl, keyName });
}

/** Of public vaults and managed HSMs in each of Azure's clouds: learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
export const VAULT_SUFFIXES: readonly string[] = [
  "vault.azure.net",
  "vault.azure.cn",
  "vault.usgovcloudapi.net",
  "managedhsm.azure.net",
  "managedhsm.azure.cn",
  "managedhsm.usgovcloudapi.net",
];

const KEY_ARN = /^arn:aws(?:-cn|-us-gov)?:kms:([a-z0-9-]{1,32}):([0-9]{12}):key\/((?:mrk-)?[0-9a-f-]{32,36})$/;
const ROLE_ARN = /^arn:aws(?:-cn|-us-gov)?:iam::[0-9]{12}:role\/[\w+=,.@/-]{1,512}$/;
const PRINCIPAL_ARN = /^arn:(aws|aws-cn|aws-us-gov):iam::([0-9]{12}):(?:role|user)\/[\w+=,.@/-]{1,512}$/;
const VAULT_URL = /^https:\/\/([A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9])\.([a-z.]{1,64})\/?$/;
const KEY_NAME = /^[0-9A-Za-z-]{1,127}$/;
