import { randomBytes } from "node:crypto";
import type { TokenCredential } from "@azure/identity";
import { KeyClient } from "@azure/keyvault-keys";
import type { KeyContext } from "../../encryption/sealContext.js";
import { createAzureKeyVault, type AzureKeyVaultOptions } from "../../encryption/keys/azureKeyVault.js";
import { LocalKms } from "../../encryption/keys/localKms.js";
import { KeyPermissions } from "../../encryption/keys/keyPermissions.js";
import { createAuthority, createServerCertificate } from "../../control-plane/pki/issue.js";
import { type KeyVaultDouble, startKeyVault } from "../../tools/counterparts/azure/keyVault.js";
import { ownFolder } from "./folder.js";

// The first start of the doubles, keys of 2048 bits and the real Tink take their time on a machine that is busy.
jest.setTimeout(60_000);

/** Through the unmodified SDK, against a double of Key Vault. */
const folder = ownFolder();
const ORGANIZATION = "org-1";
const CONTEXT: KeyContext = { organization: ORGANIZATION, project: "p-1", branch: "br-1", purpose: "erasureKey" };
const HOST = "acme.vault.azure.net";
const SECRET_TOKEN = "token-of-the-plane-that-nobody-may-see";
/** Short, so that what is tried in vain is tried quickly. */
const RETRY = { maxRetries: 2, retryDelayInMs: 5, maxRetryDelayInMs: 10 };

let vault: KeyVaultDouble;
let admin: KeyClient;
let names = 0;

const credential = (token: string): TokenCredential => ({
  getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});

beforeAll(async () => {
  const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const authority = await createAuthority(period);
  const server = await createServerCertificate(authority, [HOST], period);
  vault = await startKeyVault({ host: HOST, cert: server.cert, key: server.key, authority: authority.cert });
  vault.allow("admin", ["*"]);
  admin = new KeyClient(vault.vaultUrl, credential("admin"), vault.clientOptions);
});
beforeEach(() => {
  vault.allow(SECRET_TOKEN, ["get", "wrapKey", "unwrapKey"]);
});
afterEach(() => {
  vault.clearFaults();
});
afterAll(() => vault.close());

const reference = (keyName: string) => `${vault.vaultUrl}/keys/${keyName}`;

/** A new key of the vault, and the plane's view of it. */
async function fresh(more: Partial<AzureKeyVaultOptions> = {}) {
  const keyName = `key-${++names}`;
  const { id = "" } = await admin.createRsaKey(keyName, { keySize: 2048, keyOps: ["wrapKey", "unwrapKey"] });
  const provider = createAzureKeyVault(
    { vaultUrl: vault.vaultUrl, keyName },
    {
      organization: ORGANIZATION,
      permissions: new KeyPermissions([{ organization: ORGANIZATION, key: reference(keyName) }]),
      clientOptions: { ...vault.clientOptions, retryOptions: RETRY },
      credential: credential(SECRET_TOKEN),
      ...more,
    },
  );
  return { keyName, id, provider };
}

it("makes data keys that it opens for their context alone, under the exact version of the key", async () => {
  const { id, provider } = await fresh();
  const { plaintext, wrapped } = await provider.createDataKey(CONTEXT);
  expect(wrapped).toMatchObject({ service: "azureKeyVault", keyId: id });
  expect((await provider.unwrap(wrapped, CONTEXT)).equals(plaintext)).toBe(true);
  for (const other of [{ organization: "x" }, { project: "x" }, { branch: "x" }, { purpose: "backup" as const }])
    await expect(provider.unwrap(wrapped, { ...CONTEXT, ...other })).rejects.toMatchObject({ kind: "invalid", isDefinitive: false });
  await expect(provider.unwrap({ ...wrapped, bytes: randomBytes(256) }, CONTEXT)).rejects.toMatchObject({
    kind: "invalid",
    from: { code: "BadParameter" },
  });
  const another = await fresh();
  await expect(another.provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "invalid", from: { source: "plane" } });
  await expect(another.provider.unwrap({ ...wrapped, keyId: another.id }, CONTEXT)).rejects.toMatchObject({ kind: "invalid" });
});

it("goes on opening what an earlier version wrapped, and moves it to the newest", async () => {
  const { keyName, id, provider } = await fresh();
  const { plaintext, wrapped } = await provider.createDataKey(CONTEXT);
  expect(await provider.rewrap(wrapped, CONTEXT)).toBe(wrapped);
  const { id: next } = await admin.rotateKey(keyName);
  expect(await provider.describe()).toEqual({ state: "enabled", keyId: next });
  const moved = await provider.rewrap(wrapped, CONTEXT);
  expect([wrapped.keyId, moved.keyId]).toEqual([id, next]);
  await admin.updateKeyProperties(keyName, id.split("/").at(-1) ?? "", { enabled: false });
  expect((await provider.unwrap(moved, CONTEXT)).equals(plaintext)).toBe(true);
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "disabled" });
});

it("takes over the key that another one wrapped, and gives it back", async () => {
  const { provider } = await fresh();
  const local = await LocalKms.open(folder.path("local.key"));
  const { plaintext, wrapped } = await local.createDataKey(CONTEXT);
  const moved = await provider.rewrap(wrapped, CONTEXT, local);
  const back = await local.rewrap(moved, CONTEXT, provider);
  expect((await local.unwrap(back, CONTEXT)).equals(plaintext)).toBe(true);
});

it("tells disabled, enabled, deleted, recovered and purged apart", async () => {
  const { keyName, id, provider } = await fresh();
  const { wrapped } = await provider.createDataKey(CONTEXT);
  const setEnabled = (enabled: boolean) => admin.updateKeyProperties(keyName, id.split("/").at(-1) ?? "", { enabled });
  await setEnabled(false);
  const disabled = {
    kind: "disabled",
    code: "PAL_CMK_DISABLED",
    isDefinitive: true,
    from: { source: "azureKeyVault", code: "KeyDisabled" },
  };
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject(disabled);
  await expect(provider.createDataKey(CONTEXT)).rejects.toMatchObject(disabled);
  expect(await provider.describe()).toMatchObject({ state: "disabled" });
  await setEnabled(true);
  expect((await provider.unwrap(wrapped, CONTEXT)).length).toBe(32);
  await (await admin.beginDeleteKey(keyName, { intervalInMs: 5 })).pollUntilDone();
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "pendingDeletion", isDefinitive: true });
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toThrow(/it is deleted at 20\d\d-.*recover the key/);
  await (await admin.beginRecoverDeletedKey(keyName, { intervalInMs: 5 })).pollUntilDone();
  expect((await provider.unwrap(wrapped, CONTEXT)).length).toBe(32);
  await (await admin.beginDeleteKey(keyName, { intervalInMs: 5 })).pollUntilDone();
  await admin.purgeDeletedKey(keyName);
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind: "notFound", isDefinitive: true });
});

it("is denied by the roles it lacks, and lets in again when it has them", async () => {
  const { provider } = await fresh();
  const { wrapped } = await provider.createDataKey(CONTEXT);
  vault.allow(SECRET_TOKEN, ["get", "wrapKey"]);
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({
    kind: "denied",
    isDefinitive: true,
    from: { source: "azureKeyVault", code: "ForbiddenByRbac" },
  });
  // That it may still wrap says nothing of whether the key is revoked.
  expect((await provider.createDataKey(CONTEXT)).plaintext.length).toBe(32);
  vault.allow(SECRET_TOKEN, ["get", "wrapKey", "unwrapKey"]);
  expect((await provider.unwrap(wrapped, CONTEXT)).length).toBe(32);
});

it.each([
  ["throttling", { status: 429, code: "Throttled", retryAfter: 0 }, "throttled", "azureKeyVault"],
  ["an internal error", { status: 500, code: "InternalError" }, "unavailable", "azureKeyVault"],
  ["a token that is refused", { status: 401, code: "Unauthorized" }, "unavailable", "credentials"],
  ["a network that is gone", "cut", "unavailable", "network"],
] as const)("takes %s for trouble that passes", async (_, fault, kind, source) => {
  const { provider } = await fresh();
  const { wrapped } = await provider.createDataKey(CONTEXT);
  vault.injectFault("unwrapKey", fault);
  await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toMatchObject({ kind, isDefinitive: false, from: { source } });
  vault.clearFaults();
  expect((await provider.unwrap(wrapped, CONTEXT)).length).toBe(32);
});

it("rides out one failure by itself", async () => {
  const { provider } = await fresh();
  const { wrapped } = await provider.createDataKey(CONTEXT);
  vault.injectFault("unwrapKey", { status: 429, code: "Throttled", retryAfter: 0 }, 2);
  expect((await provider.unwrap(wrapped, CONTEXT)).length).toBe(32);
});

it("takes an identity that cannot be shown for trouble that passes", async () => {
  const nobody: TokenCredential = {
    getToken: () => Promise.reject(Object.assign(new Error("no identity"), { name: "CredentialUnavailableError" })),
  };
  const { provider } = await fresh({ credential: nobody });
  await expect(provider.createDataKey(CONTEXT)).rejects.toMatchObject({ kind: "unavailable", from: { source: "credentials" } });
});

it("is asked for unwrapKey alone when it opens a key it knows", async () => {
  const { keyName, provider } = await fresh();
  const { wrapped } = await provider.createDataKey(CONTEXT);
  await provider.unwrap(wrapped, CONTEXT);
  vault.log.length = 0;
  await provider.unwrap(wrapped, CONTEXT);
  expect(vault.log).toEqual([`unwrapKey ${keyName}`]);
});

it("failures name key, reason and what to do, and hold neither token nor key", async () => {
  const { keyName, provider } = await fresh();
  const { plaintext, wrapped } = await provider.createDataKey(CONTEXT);
  vault.injectFault("unwrapKey", { status: 403, code: "Forbidden", inner: "ForbiddenByPolicy" });
  const failure = (await provider.unwrap(wrapped, CONTEXT).catch((error: unknown) => error)) as Error;
  expect(failure.message).toContain(reference(keyName));
  const all = `${failure.message}\n${failure.stack ?? ""}\n${JSON.stringify(failure)}`;
  for (const secret of [SECRET_TOKEN, plaintext.toString("base64"), wrapped.bytes.toString("base64")]) expect(all).not.toContain(secret);
});
