import { PalisadeError } from "@palisade/neon/contract/errors";
import type { KeyContext } from "../../encryption/context.js";
import type { KeyProviders } from "../../encryption/erasureKeys.js";
import { awsKms, type AwsKmsOptions } from "../../encryption/keys/awsKms.js";
import { azureKeyVault, type AzureKeyVaultOptions } from "../../encryption/keys/azureKeyVault.js";
import { issueExternalId, type KeyPermissions } from "../../encryption/keys/permission.js";
import type { KeyProvider, WrappedKey } from "../../encryption/keys/provider.js";
import { isUnder, referenceOf } from "../../domain/customerKeys.js";
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
type Owned = NamedKey & Pick<StoredCustomerKey, "org_id">;

/** Which key wraps what of which project, by the documents of the store: the project's own, or the local one. */
export class CustomerKeyProviders implements KeyProviders {
  /** Kept: each has its own connections and, with a role, credentials that are renewed by themselves. */
  private readonly known = new Map<string, KeyProvider>();

  constructor(private readonly options: CustomerKeyProvidersOptions) {}

  current({ project }: Pick<KeyContext, "project">): KeyProvider {
    const key = this.find(project);
    return key === undefined || key.removing !== undefined ? this.options.local : this.named(key);
  }

  /** What is wrapped by a key that the project had before is opened by that one. @throws PAL_CMK_NOT_ALLOWED */
  of(wrapped: WrappedKey, { project }: Pick<KeyContext, "project">): KeyProvider {
    if (wrapped.service === "localKms") return this.options.local;
    const key = this.find(project);
    const named = key && [key, ...key.former].find((one) => isUnder(wrapped, one));
    if (named === undefined) throw new PalisadeError("PAL_CMK_NOT_ALLOWED", `${wrapped.keyId} is no key of ${project}`);
    return this.named({ ...named, org_id: key?.org_id ?? "" });
  }

  ownerOf(project: string): string | undefined {
    return this.options.store.transaction((tx) => tx.get("project", project))?.org_id;
  }

  /** What roles of the organisation's accounts must demand as `sts:ExternalId`. */
  externalId(organization: string): string {
    return issueExternalId(this.options.externalIdSecret, organization);
  }

  /** @throws PAL_CMK_REFERENCE, PAL_CMK_NOT_ALLOWED */
  named(key: Owned): KeyProvider {
    const id = JSON.stringify([key.org_id, referenceOf(key), key.aws_kms?.role_arn]);
    const known = this.known.get(id) ?? this.make(key);
    this.known.delete(id);
    this.known.set(id, known);
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_KNOWN && oldest !== undefined) this.known.delete(oldest);
    return known;
  }

  private make({ org_id: organization, aws_kms, azure_key_vault }: Owned): KeyProvider {
    const { permissions, clients } = this.options;
    const whose = { organization, permissions };
    if (aws_kms) {
      const { key_arn: keyArn, role_arn: roleArn } = aws_kms;
      const clientOptions = clients?.awsKms && { clientOptions: clients.awsKms };
      return awsKms({ keyArn, roleArn }, { ...whose, externalId: this.externalId(organization), ...clientOptions });
    }
    if (azure_key_vault) {
      const { vault_url: vaultUrl, key_name: keyName } = azure_key_vault;
      return azureKeyVault({ vaultUrl, keyName }, { ...whose, ...clients?.azureKeyVault });
    }
    throw new Error("a customer's key is one of AWS or of Azure");
  }

  private find(project: string): StoredCustomerKey | undefined {
    return this.options.store.transaction((tx) => tx.get("customer_managed_key", project));
  }
}

/** Keys that keep their connections; the one that was not used for longest makes room. */
const MAX_KNOWN = 1_000;
