// Generated from provider/resources/jwksUrl/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `JwksUrl`. */
export interface JwksUrlArgs extends CommonArgs {
  /** Project that trusts the provider. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Where the provider publishes its keys. Changing it replaces the resource. */
  readonly jwksUrl: pulumi.Input<string>;
  /** The provider's name. Changing it replaces the resource. */
  readonly providerName: pulumi.Input<string>;
  /** One branch, by bare or composite id; the whole project when omitted. Changing it replaces the resource. */
  readonly branchId?: pulumi.Input<string> | undefined;
  /** Roles that tokens may act as; Neon's own three when omitted. Changing it replaces the resource. */
  readonly roleNames?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** Tokens of another audience are refused. Changing it replaces the resource. */
  readonly audience?: pulumi.Input<string> | undefined;
}

/** A provider of tokens (JWT) whose keys Neon trusts for its Data API. Tokens without an audience are accepted even where `audience` is set. The embedded plane keeps the setting and verifies no token. */
export class JwksUrl extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:JwksUrl";

  /** Project that trusts the provider. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Where the provider publishes its keys. Changing it replaces the resource. */
  declare readonly jwksUrl: pulumi.Output<string>;
  /** The provider's name. Changing it replaces the resource. */
  declare readonly providerName: pulumi.Output<string>;
  /** One branch, by bare or composite id; the whole project when omitted. Changing it replaces the resource. */
  declare readonly branchId: pulumi.Output<string | undefined>;
  /** Roles that tokens may act as; Neon's own three when omitted. Changing it replaces the resource. */
  declare readonly roleNames: pulumi.Output<string[] | undefined>;
  /** Tokens of another audience are refused. Changing it replaces the resource. */
  declare readonly audience: pulumi.Output<string | undefined>;

  constructor(name: string, args: JwksUrlArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "JwksUrl", secrets: [], outputs: [] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{jwksId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, state?: Pick<CommonArgs, "account">, opts?: pulumi.CustomResourceOptions): JwksUrl {
    return new JwksUrl(
      name,
      {
        projectId: undefined,
        jwksUrl: undefined,
        providerName: undefined,
        branchId: undefined,
        roleNames: undefined,
        audience: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get jwksId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
