// Generated from provider/resources/role/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `Role`. */
export interface RoleArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the role, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** Unique in the branch. Changing it replaces the resource. */
  readonly name: pulumi.Input<string>;
  /** Whether the role has a password and may log in. Changing it replaces the resource. Default: `true`. */
  readonly login?: pulumi.Input<boolean> | undefined;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  readonly revealPassword?: pulumi.Input<boolean> | undefined;
}

/** A role of a branch. Neon makes its password; branches made from a protected branch get another one for a role of the same name. */
export class Role extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:Role";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the role, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** Unique in the branch. Changing it replaces the resource. */
  declare readonly name: pulumi.Output<string>;
  /** Whether the role has a password and may log in. Changing it replaces the resource. Default: `true`. */
  declare readonly login: pulumi.Output<boolean>;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  declare readonly revealPassword: pulumi.Output<boolean>;
  /** The password, only with `revealPassword: true`. Secret: encrypted in the state. */
  declare readonly password: pulumi.Output<string | undefined>;

  constructor(name: string, args: RoleArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "Role", secrets: ["password"], outputs: ["password"], inId: ["name"] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{branchId}/{name}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(name: string, id: pulumi.Input<pulumi.ID>, state?: Pick<CommonArgs, "account">, opts?: pulumi.CustomResourceOptions): Role {
    return new Role(
      name,
      { projectId: undefined, branchId: undefined, name: undefined, login: undefined, revealPassword: undefined, ...state } as never,
      { ...opts, id },
    );
  }
}
