// Generated from provider/resources/customerManagedKey/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `awsKms` of `CustomerManagedKey`. */
export interface CustomerManagedKeyAwsKmsArgs {
  /** `arn:aws:kms:REGION:ACCOUNT:key/ID`. No alias: that could be moved to another key. */
  readonly keyArn: pulumi.Input<string>;
  /** Role of the key's owner that the plane assumes to use it; its trust policy must demand the `sts:ExternalId` of the organisation. The plane's own identity, which its operator must have allowed, when omitted. */
  readonly roleArn?: pulumi.Input<string> | undefined;
}

/** `azureKeyVault` of `CustomerManagedKey`. */
export interface CustomerManagedKeyAzureKeyVaultArgs {
  /** Address of the vault: `https://NAME.vault.azure.net`. */
  readonly vaultUrl: pulumi.Input<string>;
  /** Name of an RSA key in the vault, without a version: the newest one wraps. */
  readonly keyName: pulumi.Input<string>;
}

/** Inputs of `CustomerManagedKey`. */
export interface CustomerManagedKeyArgs extends CommonArgs {
  /** Project whose data is sealed under the key. A project has one. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** A key of AWS KMS. Exactly one of the two. */
  readonly awsKms?: pulumi.Input<CustomerManagedKeyAwsKmsArgs> | undefined;
  /** A key of Azure Key Vault. Exactly one of the two. */
  readonly azureKeyVault?: pulumi.Input<CustomerManagedKeyAzureKeyVaultArgs> | undefined;
  /** What happens once the key's owner refuses its use: `suspend` ends running computes, `refuseStarts` lets them run and starts none. Default: `"suspend"`. */
  readonly onRevoked?: pulumi.Input<"suspend" | "refuseStarts"> | undefined;
  /** Whether everything is put under a new version of the key once there is one. AWS KMS does that by itself. Default: `true`. */
  readonly rewrapAfterRotation?: pulumi.Input<boolean> | undefined;
  /** Whether the resource may be destroyed while its key cannot be used: what is sealed under it is then lost for ever. Default: `false`. */
  readonly release?: pulumi.Input<boolean> | undefined;
}

/** `awsKms` of `CustomerManagedKey`. */
export interface CustomerManagedKeyAwsKms {
  /** `arn:aws:kms:REGION:ACCOUNT:key/ID`. No alias: that could be moved to another key. */
  readonly keyArn: string;
  /** Role of the key's owner that the plane assumes to use it; its trust policy must demand the `sts:ExternalId` of the organisation. The plane's own identity, which its operator must have allowed, when omitted. */
  readonly roleArn?: string | undefined;
}

/** `azureKeyVault` of `CustomerManagedKey`. */
export interface CustomerManagedKeyAzureKeyVault {
  /** Address of the vault: `https://NAME.vault.azure.net`. */
  readonly vaultUrl: string;
  /** Name of an RSA key in the vault, without a version: the newest one wraps. */
  readonly keyName: string;
}

/** A project's own key at AWS KMS or Azure Key Vault, under which the embedded plane seals the project's data at rest. Whoever may disable the key can end the use of the data. Another key, or one of another cloud, is an update: everything is put under it before the update ends. An extension: Neon's API has no customer-managed keys, and a stack of Neon itself is refused. */
export class CustomerManagedKey extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:CustomerManagedKey";

  /** Project whose data is sealed under the key. A project has one. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** A key of AWS KMS. Exactly one of the two. */
  declare readonly awsKms: pulumi.Output<CustomerManagedKeyAwsKms | undefined>;
  /** A key of Azure Key Vault. Exactly one of the two. */
  declare readonly azureKeyVault: pulumi.Output<CustomerManagedKeyAzureKeyVault | undefined>;
  /** What happens once the key's owner refuses its use: `suspend` ends running computes, `refuseStarts` lets them run and starts none. Default: `"suspend"`. */
  declare readonly onRevoked: pulumi.Output<"suspend" | "refuseStarts">;
  /** Whether everything is put under a new version of the key once there is one. AWS KMS does that by itself. Default: `true`. */
  declare readonly rewrapAfterRotation: pulumi.Output<boolean>;
  /** Whether the resource may be destroyed while its key cannot be used: what is sealed under it is then lost for ever. Default: `false`. */
  declare readonly release: pulumi.Output<boolean>;
  /** `active`; `rotating` while everything is put under another key or version; `unavailable` when its service does not answer; `revoked` when its owner refuses its use. */
  declare readonly state: pulumi.Output<"active" | "rotating" | "unavailable" | "revoked">;
  /** Why it is not `active`, in words. */
  declare readonly reason: pulumi.Output<string | undefined>;
  /** What new data is sealed under: an ARN, or a key identifier with its version. */
  declare readonly keyVersion: pulumi.Output<string>;
  /** When the plane last used the key to see whether it may (RFC 3339). */
  declare readonly lastCheckedAt: pulumi.Output<string>;
  /** How many objects of the project are sealed. */
  declare readonly sealedObjects: pulumi.Output<number>;

  constructor(name: string, args: CustomerManagedKeyArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      {
        kind: "CustomerManagedKey",
        secrets: [],
        outputs: ["state", "reason", "keyVersion", "lastCheckedAt", "sealedObjects"],
        derived: { keyVersion: ["awsKms", "azureKeyVault"] },
      },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): CustomerManagedKey {
    return new CustomerManagedKey(
      name,
      {
        projectId: undefined,
        awsKms: undefined,
        azureKeyVault: undefined,
        onRevoked: undefined,
        rewrapAfterRotation: undefined,
        release: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
