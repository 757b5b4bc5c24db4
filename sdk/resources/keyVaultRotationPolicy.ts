// Generated from provider/resources/keyVaultRotationPolicy/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `KeyVaultRotationPolicy`. */
export interface KeyVaultRotationPolicyArgs extends CommonArgs {
  /** Address of the vault: `https://NAME.vault.azure.net`. Changing it replaces the resource. */
  readonly vaultUrl: pulumi.Input<string>;
  /** Name of the key, without a version. Changing it replaces the resource. */
  readonly keyName: pulumi.Input<string>;
  /** Days after which a version is followed by a new one; `never` for by hand alone. */
  readonly rotateAfterDays: pulumi.Input<"never" | number>;
  /** Days after which a version expires: it then wraps no more and still unwraps. Versions do not expire when omitted. */
  readonly expireAfterDays?: pulumi.Input<number> | undefined;
}

/** When a key of Azure Key Vault is rotated. Azure's resource manager makes a key with a policy and changes it never again, so this goes to the vault itself, as the identity that runs Pulumi (DefaultAzureCredential), which needs the role Key Vault Crypto Officer at the key. It needs the packages @azure/identity and @azure/keyvault-keys. Destroying the resource leaves the policy as it is. */
export class KeyVaultRotationPolicy extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:KeyVaultRotationPolicy";

  /** Address of the vault: `https://NAME.vault.azure.net`. Changing it replaces the resource. */
  declare readonly vaultUrl: pulumi.Output<string>;
  /** Name of the key, without a version. Changing it replaces the resource. */
  declare readonly keyName: pulumi.Output<string>;
  /** Days after which a version is followed by a new one; `never` for by hand alone. */
  declare readonly rotateAfterDays: pulumi.Output<"never" | number>;
  /** Days after which a version expires: it then wraps no more and still unwraps. Versions do not expire when omitted. */
  declare readonly expireAfterDays: pulumi.Output<number | undefined>;

  constructor(name: string, args: KeyVaultRotationPolicyArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "KeyVaultRotationPolicy", secrets: [], outputs: [], inId: ["vaultUrl", "keyName"] }, name, args, opts);
  }

  /** An existing object, by the id `{vaultHost}/{keyName}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): KeyVaultRotationPolicy {
    return new KeyVaultRotationPolicy(
      name,
      { vaultUrl: undefined, keyName: undefined, rotateAfterDays: undefined, expireAfterDays: undefined, ...state } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get vaultHost(): pulumi.Output<string> {
    return this.idPart(0);
  }
}
