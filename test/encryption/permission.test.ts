import { createAzureKeyVault } from "../../encryption/keys/azureKeyVault.js";
import { createAwsKms } from "../../encryption/keys/awsKms.js";
import { loadPackage } from "../../encryption/keys/optionalPackage.js";
import { parseKeyArn, formatVaultKeyReference } from "../../contract/customerKeys.js";
import { issueExternalId, KeyPermissions } from "../../encryption/keys/keyPermissions.js";

const ARN = "arn:aws:kms:eu-central-1:123456789012:key/11111111-1111-4111-8111-111111111111";
const permissions = new KeyPermissions([
  { organization: "org-1", key: ARN },
  { organization: "org-1", key: "https://acme.vault.azure.net/keys/Tenant" },
]);

it("a key is allowed for the organisation it was allowed for, in any spelling that means the same", () => {
  permissions.assertAllowed("org-1", ARN);
  permissions.assertAllowed("org-1", formatVaultKeyReference({ vaultUrl: "https://ACME.vault.azure.net/", keyName: "tenant" }));
  const refused = [
    ["org-2", ARN],
    ["org-1", ARN.replace("1111-1", "1111-2")],
    ["org-1", "https://acme.vault.azure.net/keys/other"],
    ["org-1", "https://evil.vault.azure.net/keys/tenant"],
  ] as const;
  for (const [organization, key] of refused)
    expect(() => {
      permissions.assertAllowed(organization, key);
    }).toThrow(/PAL_CMK_NOT_ALLOWED/);
});

it.each([
  "",
  "arn:aws:kms:eu-central-1:123456789012:alias/tenant",
  "arn:aws:kms:eu-central-1:12345:key/11111111-1111-4111-8111-111111111111",
  "11111111-1111-4111-8111-111111111111",
  `${ARN}\n`,
  `${ARN}/x`,
  "arn:evil:kms:eu-central-1:123456789012:key/11111111-1111-4111-8111-111111111111",
])("keyArn %j names no key", (keyArn) => {
  expect(() => parseKeyArn(keyArn)).toThrow(/PAL_CMK_REFERENCE/);
});

it("takes keys of other partitions, and of several regions", () => {
  expect(parseKeyArn("arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-11111111111141118111111111111111").region).toBe(
    "us-gov-west-1",
  );
  expect(parseKeyArn("arn:aws-cn:kms:cn-north-1:123456789012:key/11111111-1111-4111-8111-111111111111").account).toBe("123456789012");
});

it.each([
  "http://acme.vault.azure.net",
  "https://acme.vault.azure.net.evil.example",
  "https://evil.example/acme.vault.azure.net",
  "https://vault.azure.net",
  "https://acme.vault.azure.net:8443",
  "https://user@acme.vault.azure.net",
  "https://a.b.vault.azure.net",
  "https://acme.vault.azure.net/keys",
  "https://169.254.169.254",
  "https://localhost",
  "https://acme.vault.azure.net#@evil.example",
])("vaultUrl %j is no vault, so no token is sent there", (vaultUrl) => {
  expect(() => createAzureKeyVault({ vaultUrl, keyName: "k" }, { organization: "org-1", permissions })).toThrow(/PAL_CMK_REFERENCE/);
});

it.each(["", "a/b", "..", "a b", "k?x=1", "x".repeat(128)])("keyName %j is no name of a key", (keyName) => {
  expect(() => formatVaultKeyReference({ vaultUrl: "https://acme.vault.azure.net", keyName })).toThrow(/PAL_CMK_REFERENCE/);
});

it("a role has the form of one", () => {
  const options = { organization: "org-1", permissions, externalId: "e" };
  for (const roleArn of ["", "role", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::1:role/x"])
    expect(() => createAwsKms({ keyArn: ARN, roleArn }, options)).toThrow(/PAL_CMK_REFERENCE/);
});

it("external ids are one for each organisation and each plane, and nobody's choice", () => {
  const [plane, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  expect(issueExternalId(plane, "org-1")).toBe(issueExternalId(plane, "org-1"));
  const ids = [issueExternalId(plane, "org-1"), issueExternalId(plane, "org-2"), issueExternalId(other, "org-1")];
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^palisade-[0-9a-f]{40}$/);
});

it("a package that is not installed is named", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadPackage("@aws-sdk/client-kms", () => Promise.reject(missing))).rejects.toThrow(
    /@aws-sdk\/client-kms.*PAL_CMK_NO_PACKAGE/,
  );
  await expect(loadPackage("@aws-sdk/client-s3", () => Promise.reject(missing), "PAL_EXPORT_NO_PACKAGE")).rejects.toThrow(
    /@aws-sdk\/client-s3.*PAL_EXPORT_NO_PACKAGE/,
  );
  await expect(loadPackage("x", () => Promise.reject(new Error("another")))).rejects.toThrow("another");
});
