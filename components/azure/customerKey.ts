import * as authorization from "@pulumi/azure-native/authorization";
import * as keyvault from "@pulumi/azure-native/keyvault";
import * as pulumi from "@pulumi/pulumi";
import * as neon from "../../sdk/index.js";
import { createChildFactory, buildOtherCloudAlias, type ProjectKeyArgs, type Transform } from "../child.js";

/** Key Vault Crypto Service Encryption User: reads a key, wraps and unwraps with it, and nothing else. learn.microsoft.com/azure/role-based-access-control/built-in-roles */
const WRAP_AND_UNWRAP = "e147488a-f6f5-4113-8e2d-b22465e65bf6";
/** The longest that Azure has, in days. */
const LONGEST_RETENTION_DAYS = 90;
const KEY_BITS = 3_072;
const KEY_NAME = "palisade";
/** As AWS KMS rotates by default. */
const ROTATION_DAYS = 365;

/** Inputs of `CustomerKey`. */
export interface CustomerKeyArgs extends ProjectKeyArgs {
  /** Resource group in which the vault is made. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Tenant of the vault. */
  readonly tenantId: pulumi.Input<string>;
  /** Object id of the identity by which the control plane uses the key. */
  readonly principalId: pulumi.Input<string>;
  /** What that identity is. Default: `"ServicePrincipal"`, of which a managed identity is one. */
  readonly principalType?: pulumi.Input<"ServicePrincipal" | "User" | "Group"> | undefined;
  /** Region of the vault. Default: that of the resource group. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Name of the vault: 3 to 24 letters, digits and hyphens, unique in Azure. Default: the component's name and random letters. */
  readonly vaultName?: pulumi.Input<string> | undefined;
  /**
   * Days after which the key is rotated, 7 to 3650; `"never"`: by hand alone. Default: `365`. It is set at the vault itself, by
   * `KeyVaultRotationPolicy`: whoever runs Pulumi needs the role Key Vault Crypto Officer there.
   */
  readonly rotateAfterDays?: pulumi.Input<number | "never"> | undefined;
  /** Tags of the vault. */
  readonly tags?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  /** Change what the children are made with. */
  readonly transforms?:
    | {
        readonly vault?: Transform<keyvault.VaultArgs> | undefined;
        readonly key?: Transform<keyvault.KeyArgs> | undefined;
        readonly assignment?: Transform<authorization.RoleAssignmentArgs> | undefined;
        readonly rotation?: Transform<neon.KeyVaultRotationPolicyArgs> | undefined;
        readonly managedKey?: Transform<neon.CustomerManagedKeyArgs> | undefined;
      }
    | undefined;
}

/**
 * A project's own key at Azure Key Vault: a vault of its own with RBAC, purge protection and the longest retention; an RSA key that wraps and
 * unwraps alone, and its rotation; a role assignment at the key's scope for one identity; and the project's `CustomerManagedKey` under it. An extension: the embedded
 * plane has it, Neon has not.
 */
export class CustomerKey extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:CustomerKey";

  readonly vault: keyvault.Vault;
  readonly key: keyvault.Key;
  readonly assignment: authorization.RoleAssignment;
  readonly rotation: neon.KeyVaultRotationPolicy;
  readonly managedKey: neon.CustomerManagedKey;
  /** `https://NAME.vault.azure.net` */
  readonly vaultUrl: pulumi.Output<string>;
  readonly keyName: pulumi.Output<string>;
  /** `active`, `rotating`, `unavailable` or `revoked`. */
  readonly state: pulumi.Output<"active" | "rotating" | "unavailable" | "revoked">;

  constructor(name: string, args: CustomerKeyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(CustomerKey.__pulumiType, name, {}, opts);
    const { transforms = {} } = args;
    const make = createChildFactory(this);
    this.vault = make(keyvault.Vault, name, buildVaultArgs(args), transforms.vault);
    const key: keyvault.KeyArgs = {
      resourceGroupName: args.resourceGroupName,
      vaultName: this.vault.name,
      keyName: KEY_NAME,
      properties: { kty: keyvault.JsonWebKeyType.RSA, keySize: KEY_BITS, keyOps: ["wrapKey", "unwrapKey"] },
    };
    this.key = make(keyvault.Key, name, key, transforms.key);
    const assignment: authorization.RoleAssignmentArgs = {
      scope: this.key.id,
      roleDefinitionId: this.key.id.apply((id) => formatRoleDefinitionId(id, WRAP_AND_UNWRAP)),
      principalId: args.principalId,
      principalType: args.principalType ?? "ServicePrincipal",
    };
    this.assignment = make(authorization.RoleAssignment, name, assignment, transforms.assignment);
    this.vaultUrl = this.vault.properties.apply(({ vaultUri }) => (vaultUri.endsWith("/") ? vaultUri.slice(0, -1) : vaultUri));
    this.keyName = this.key.name;
    const rotation = { vaultUrl: this.vaultUrl, keyName: this.keyName, rotateAfterDays: args.rotateAfterDays ?? ROTATION_DAYS };
    this.rotation = make(neon.KeyVaultRotationPolicy, name, rotation, transforms.rotation);
    const { projectId, onRevoked, rewrapAfterRotation, release } = args;
    const azureKeyVault = { vaultUrl: this.vaultUrl, keyName: this.keyName };
    this.managedKey = make(
      neon.CustomerManagedKey,
      name,
      { projectId, azureKeyVault, onRevoked, rewrapAfterRotation, release },
      transforms.managedKey,
      {
        // The plane proves the key when it takes it.
        dependsOn: this.assignment,
        aliases: [buildOtherCloudAlias(this, name, CustomerKey.__pulumiType, "palisade:aws:CustomerKey")],
      },
    );
    this.state = this.managedKey.state;
    this.registerOutputs({ vaultUrl: this.vaultUrl, keyName: this.keyName, state: this.state });
  }
}

const buildVaultArgs = ({ resourceGroupName, location, vaultName, tenantId, tags }: CustomerKeyArgs): keyvault.VaultArgs => ({
  resourceGroupName,
  ...(location !== undefined && { location }),
  ...(vaultName !== undefined && { vaultName }),
  ...(tags !== undefined && { tags }),
  properties: {
    tenantId,
    sku: { family: keyvault.SkuFamily.A, name: keyvault.SkuName.Standard },
    enableRbacAuthorization: true,
    enablePurgeProtection: true,
    softDeleteRetentionInDays: LONGEST_RETENTION_DAYS,
  },
});

/** In the subscription that an id is of. */
const formatRoleDefinitionId = (id: string, role: string): string =>
  `/subscriptions/${id.split("/")[2] ?? ""}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
