import type { TokenCredential } from "@azure/identity";
import { KeyClient } from "@azure/keyvault-keys";
import { createAuthority, createServerCertificate } from "../../../control-plane/pki/issue.js";
import type { ArmStore } from "../../../tools/counterparts/providers/azure/armStore.js";
import { type KeyVaultDouble, startKeyVault } from "../../../tools/counterparts/azure/keyVault.js";

const HOST = "acme.vault.azure.net";

export const credentialOf = (token: string): TokenCredential => ({
  getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});

/** A double of a vault for a test file, and its administrator. */
export class AzureVault {
  private names = 0;

  private constructor(
    readonly vault: KeyVaultDouble,
    readonly admin: KeyClient,
  ) {}

  /** @param arm where a double of ARM holds what it makes */
  static async start(arm?: ArmStore): Promise<AzureVault> {
    const period = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
    const authority = await createAuthority(period);
    const server = await createServerCertificate(authority, [HOST], period);
    const vault = await startKeyVault({ host: HOST, cert: server.cert, key: server.key, authority: authority.cert, ...(arm && { arm }) });
    vault.allow("admin", ["*"]);
    return new AzureVault(vault, new KeyClient(vault.vaultUrl, credentialOf("admin"), vault.clientOptions));
  }

  async createKey(): Promise<{ keyName: string; version: string }> {
    const keyName = `key-${++this.names}`;
    const { id = "" } = await this.admin.createRsaKey(keyName, { keySize: 2048, keyOps: ["wrapKey", "unwrapKey"] });
    return { keyName, version: versionOf(id) };
  }
}

const versionOf = (id: string): string => id.split("/").at(-1) ?? "";
