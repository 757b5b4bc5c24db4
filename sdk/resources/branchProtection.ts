// Generated from provider/resources/branchProtection/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `BranchProtection`. */
export interface BranchProtectionArgs extends CommonArgs {
  /** Project that owns the branch. Changing it replaces the resource. */
  readonly projectId: pulumi.Input<string>;
  /** Id of the branch, or `default` for the project's default branch. Changing it replaces the resource. */
  readonly branch: pulumi.Input<string>;
  /** Whether the branch is protected. Required: taking protection away must be written. */
  readonly protected: pulumi.Input<boolean>;
}

/** Protection of a branch that is declared elsewhere, such as a project's default branch. Destroying this resource leaves the protection as it is. */
export class BranchProtection extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:BranchProtection";

  /** Project that owns the branch. Changing it replaces the resource. */
  declare readonly projectId: pulumi.Output<string>;
  /** Id of the branch, or `default` for the project's default branch. Changing it replaces the resource. */
  declare readonly branch: pulumi.Output<string>;
  /** Whether the branch is protected. Required: taking protection away must be written. */
  declare readonly protected: pulumi.Output<boolean>;
  /** Name of the branch. */
  declare readonly branchName: pulumi.Output<string>;

  constructor(name: string, args: BranchProtectionArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "BranchProtection", secrets: [], outputs: ["branchName"] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{branchId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): BranchProtection {
    return new BranchProtection(name, { projectId: undefined, branch: undefined, protected: undefined, ...state } as never, {
      ...opts,
      id,
    });
  }

  /** Part of the id, known in every preview after creation. */
  get branchId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
