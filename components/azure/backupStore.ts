import * as storage from "@pulumi/azure-native/storage";
import * as pulumi from "@pulumi/pulumi";
import { createChildFactory, type Transform } from "../child.js";

/** Also what `palisade backup` promises where its configuration says nothing else. */
const LOCK_DAYS = 30;
const SOFT_DELETE_DAYS = 30;
const CONTAINER_NAME = "backups";

/** Inputs of `BackupStore`. */
export interface BackupStoreArgs {
  /** Resource group in which the storage account is made. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Region of the account. Default: that of the resource group. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Name of the account: 3 to 24 small letters and digits, unique in Azure. Default: the component's name and random letters. */
  readonly accountName?: pulumi.Input<string> | undefined;
  /** `https://NAME.vault.azure.net` of the vault that has the key which the account is encrypted with. */
  readonly vaultUrl: pulumi.Input<string>;
  /** Name of that key, in any version: rotations are followed. */
  readonly keyName: pulumi.Input<string>;
  /** Resource id of the user-assigned identity by which the account uses the key: it needs Key Vault Crypto Service Encryption User there. */
  readonly identityId: pulumi.Input<string>;
  /** Days in which no version of a blob can be removed or changed. Default: `30`. `palisade backup` should promise as many or more. */
  readonly lockDays?: pulumi.Input<number> | undefined;
  /**
   * Whether the days above can still be lowered. Azure makes no policy that is locked from its first moment: `"locked"` is for a second update, and
   * nobody can take it back. Default: `"unlocked"`.
   */
  readonly lock?: pulumi.Input<"unlocked" | "locked"> | undefined;
  /** Days in which what was removed can be brought back, 1 to 365. Default: `30`. */
  readonly softDeleteDays?: pulumi.Input<number> | undefined;
  /** Tags of the account. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  /** Change what the children are made with. */
  readonly transforms?:
    | {
        readonly account?: Transform<storage.StorageAccountArgs> | undefined;
        readonly blobService?: Transform<storage.BlobServicePropertiesArgs> | undefined;
        readonly container?: Transform<storage.BlobContainerArgs> | undefined;
      }
    | undefined;
}

/**
 * A storage account and a container for the `store` of `palisade backup`: versions, an immutability policy, soft delete, encryption with the given
 * key, TLS 1.2, no public blobs and no shared keys. Not for erasure keys: an account that keeps what is removed undoes every erasure.
 */
export class BackupStore extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:BackupStore";

  readonly account: storage.StorageAccount;
  readonly blobService: storage.BlobServiceProperties;
  readonly container: storage.BlobContainer;
  /** For `store.azureBlob.accountUrl`. */
  readonly accountUrl: pulumi.Output<string>;
  /** For `store.azureBlob.container`. */
  readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: BackupStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super(BackupStore.__pulumiType, name, {}, opts);
    const { resourceGroupName, transforms = {} } = args;
    const make = createChildFactory(this);
    this.account = make(storage.StorageAccount, name, buildAccountArgs(args), transforms.account);
    const accountName = this.account.name;
    const days = args.softDeleteDays ?? SOFT_DELETE_DAYS;
    const blobService: storage.BlobServicePropertiesArgs = {
      resourceGroupName,
      accountName,
      blobServicesName: "default",
      isVersioningEnabled: true,
      deleteRetentionPolicy: { enabled: true, days, allowPermanentDelete: false },
      containerDeleteRetentionPolicy: { enabled: true, days },
    };
    this.blobService = make(storage.BlobServiceProperties, name, blobService, transforms.blobService);
    const container: storage.BlobContainerArgs = {
      resourceGroupName,
      accountName,
      containerName: CONTAINER_NAME,
      publicAccess: storage.PublicAccess.None,
    };
    this.container = make(storage.BlobContainer, name, container, transforms.container, { dependsOn: this.blobService });
    this.accountUrl = this.account.primaryEndpoints.apply(({ blob }) => blob.replace(/\/$/, ""));
    this.containerName = this.container.name;
    this.registerOutputs({ accountUrl: this.accountUrl, containerName: this.containerName });
  }
}

const buildAccountArgs = (args: BackupStoreArgs): storage.StorageAccountArgs => ({
  resourceGroupName: args.resourceGroupName,
  ...(args.location !== undefined && { location: args.location }),
  ...(args.accountName !== undefined && { accountName: args.accountName }),
  ...(args.tags !== undefined && { tags: args.tags }),
  kind: storage.Kind.StorageV2,
  sku: { name: storage.SkuName.Standard_ZRS },
  minimumTlsVersion: storage.MinimumTlsVersion.TLS1_2,
  enableHttpsTrafficOnly: true,
  allowBlobPublicAccess: false,
  allowSharedKeyAccess: false,
  allowCrossTenantReplication: false,
  identity: { type: storage.IdentityType.UserAssigned, userAssignedIdentities: [args.identityId] },
  encryption: {
    keySource: storage.KeySource.Microsoft_Keyvault,
    requireInfrastructureEncryption: true,
    encryptionIdentity: { encryptionUserAssignedIdentity: args.identityId },
    keyVaultProperties: { keyVaultUri: args.vaultUrl, keyName: args.keyName },
    services: { blob: { enabled: true, keyType: storage.KeyType.Account } },
  },
  immutableStorageWithVersioning: {
    enabled: true,
    immutabilityPolicy: {
      allowProtectedAppendWrites: false,
      immutabilityPeriodSinceCreationInDays: args.lockDays ?? LOCK_DAYS,
      state: pulumi.output(args.lock ?? "unlocked").apply(toPolicyState),
    },
  },
});

const toPolicyState = (lock: "unlocked" | "locked") =>
  lock === "locked" ? storage.AccountImmutabilityPolicyState.Locked : storage.AccountImmutabilityPolicyState.Unlocked;
