import type { ArmStore } from "../providers/azure/armStore.js";
import type { Vault } from "./vault.js";

/** What built-in roles let do on the data plane, by the last part of their ids. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  // Key Vault Crypto Service Encryption User
  "e147488a-f6f5-4113-8e2d-b22465e65bf6": ["get", "wrapKey", "unwrapKey"],
};
const DEFAULT_BITS = 2_048;

/** The vault of a name as a double of ARM holds it: what is made there is there, and who is assigned a role there has it. */
export class ArmVault {
  constructor(
    private readonly store: ArmStore,
    private readonly name: string,
  ) {}

  /** Makes and deletes what ARM has made and deleted since. */
  async syncKeys(vault: Vault): Promise<void> {
    const declared = new Map(this.listKeys().map(({ id, properties }) => [parseName(id), properties["properties"]]));
    for (const [name, key] of declared) {
      if (vault.has(name)) continue;
      const { kty, keySize, keyOps } = Object(key) as { kty?: string; keySize?: number; keyOps?: string[] };
      await vault.create(name, { kty: kty ?? "RSA", key_size: keySize ?? DEFAULT_BITS, ...(keyOps && { key_ops: keyOps }) });
    }
    for (const name of vault.listNames()) if (!declared.has(name)) vault.delete(name);
  }

  /** Operations on a key, by the assignments at it and at its vault. */
  listAllowedOperations(principalId: string, keyName: string): ReadonlySet<string> {
    const key = this.listKeys().find(({ id }) => parseName(id) === keyName);
    if (key === undefined) return new Set();
    const assignments = this.store.list().filter(({ token, properties }) => {
      const scope = typeof properties["scope"] === "string" ? properties["scope"].toLowerCase() : undefined;
      return (
        token === "azure-native:authorization:RoleAssignment" &&
        properties["principalId"] === principalId &&
        scope !== undefined &&
        `${key.id.toLowerCase()}/`.startsWith(`${scope}/`)
      );
    });
    return new Set(assignments.flatMap(({ properties }) => ROLES[parseName(String(properties["roleDefinitionId"]))] ?? []));
  }

  private listKeys() {
    const within = `/vaults/${this.name.toLowerCase()}/keys/`;
    return this.store.list().filter(({ token, id }) => token === "azure-native:keyvault:Key" && id.toLowerCase().includes(within));
  }
}

const parseName = (id: string): string => id.split("/").at(-1) ?? "";
