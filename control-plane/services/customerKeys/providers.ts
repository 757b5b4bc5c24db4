import { PalisadeError } from "@palisade/neon/contract/errors";
import type { KeyContext } from "@palisade/neon/encryption/sealContext";
import type { KeyProviders } from "../../encryption/erasureKeys.js";
import { createAwsKms, type AwsKmsOptions } from "@palisade/neon/encryption/keys/awsKms";
import { createAzureKeyVault, type AzureKeyVaultOptions } from "@palisade/neon/encryption/keys/azureKeyVault";
import { issueExternalId, type KeyPermissions } from "@palisade/neon/encryption/keys/keyPermissions";
import type { KeyProvider, WrappedKey } from "@palisade/neon/encryption/keys/keyProvider";
import { isWrappedBy, formatKeyReference } from "../../domain/customerKeys.js";
import type { NamedKey, StoredCustomerKey } from "../../store/kinds.js";
import type { Store } from "../../store/store.js";

/** Of tests: how doubles of the clouds are reached. Default: the clouds, and their own standard chains of credentials. */
export interface KeyClients {
  readonly awsKms?: NonNullable<AwsKmsOptions["clientOptions"]>;
  readonly azureKeyVault?: Pick<AzureKeyVaultOptions, "clientOptions" | "credential">;
}

export interface CustomerKeyProvidersOptions {
  readonly store: Store;
  readonly local: KeyProvider;
  readonly permissions: KeyPermissions;
  readonly externalIdSecret: Uint8Array;
  readonly clients?: KeyClients | undefined;
}

/** Whose key, and which. */
type OwnedKey = NamedKey & Pick<StoredCustomerKey, "org_id">;

/** Which key wraps what of which project, by the documents of the store: the project's own, or the local one. */
export class CustomerKeyProviders implements KeyProviders {
  /** Kept: each has its own connections and, with a role, credentials that are renewed by themselves. */
  private readonly providers = new Map<string, KeyProvider>();

  constructor(private readonly options: CustomerKeyProvidersOptions) {}

  getCurrentProvider({ project }: Pick<KeyContext, "project">): KeyProvider {
    const key = this.findKey(project);
    return key === undefined || key.removing !== undefined ? this.options.local : this.getProvider(key);
  }

  /** What is wrapped by a key that the project had before is opened by that one. @throws PAL_CMK_NOT_ALLOWED */
  getWrappingProvider(wrapped: WrappedKey, { project }: Pick<KeyContext, "project">): KeyProvider {
    if (wrapped.service === "localKms") return this.options.local;
    const key = this.findKey(project);
    const named = key && [key, ...key.former].find((one) => isWrappedBy(wrapped, one));
    if (named === undefined) throw new PalisadeError("PAL_CMK_NOT_ALLOWED", `${wrapped.keyId} is no key of ${project}`);
    return this.getProvider({ ...named, org_id: key?.org_id ?? "" });
  }

  findOwner(project: string): string | undefined {
    return this.options.store.transact((tx) => tx.get("project", project))?.org_id;
  }

  /** What roles of the organisation's accounts must demand as `sts:ExternalId`. */
  computeExternalId(organization: string): string {
    return issueExternalId(this.options.externalIdSecret, organization);
  }

  /** @throws PAL_CMK_REFERENCE, PAL_CMK_NOT_ALLOWED */
  getProvider(key: OwnedKey): KeyProvider {
    const id = JSON.stringify([key.org_id, formatKeyReference(key), key.aws_kms?.role_arn]);
    const known = this.providers.get(id) ?? this.createProvider(key);
    this.providers.delete(id);
    this.providers.set(id, known);
    const [oldest] = this.providers.keys();
    if (this.providers.size > MAX_PROVIDERS && oldest !== undefined) this.providers.delete(oldest);
    return known;
  }

  private createProvider({ org_id: organization, aws_kms, azure_key_vault }: OwnedKey): KeyProvider {
    const { permissions, clients } = this.options;
    const whose = { organization, permissions };
    if (aws_kms) {
      const { key_arn: keyArn, role_arn: roleArn } = aws_kms;
      const clientOptions = clients?.awsKms && { clientOptions: clients.awsKms };
      return createAwsKms({ keyArn, roleArn }, { ...whose, externalId: this.computeExternalId(organization), ...clientOptions });
    }
    if (azure_key_vault) {
      const { vault_url: vaultUrl, key_name: keyName } = azure_key_vault;
      return createAzureKeyVault({ vaultUrl, keyName }, { ...whose, ...clients?.azureKeyVault });
    }
    throw new Error("a customer's key is one of AWS or of Azure");
  }

  private findKey(project: string): StoredCustomerKey | undefined {
    return this.options.store.transact((tx) => tx.get("customer_managed_key", project));
  }
}

/** Keys that keep their connections; the one that was not used for longest makes room. */
const MAX_PROVIDERS = 1_000;
