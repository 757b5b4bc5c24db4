// Generated from provider/resources/rotatingRole/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `RotatingRole`. */
export interface RotatingRoleArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the roles, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** What the names of both roles begin with. Changing it replaces the resource. */
  readonly name: pulumi.Input<string>;
  /** Any value, such as a month: a change rotates. */
  readonly rotation: pulumi.Input<string | number | boolean>;
  /** Overlap in seconds: how long the previous password goes on working after a rotation. No further rotation happens in that time. With 0 it ends in the same update, and its sessions with it. Default: `0`. */
  readonly keepPreviousSeconds?: pulumi.Input<number> | undefined;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  readonly revealPassword?: pulumi.Input<boolean> | undefined;
}

/** A login whose password is changed without an outage: two roles, `<name>_1` and `<name>_2`, take turns. A rotation gives the resting one a new password and makes it current; the previous password ends when the overlap is over, with the next `pulumi up`. */
export class RotatingRole extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:RotatingRole";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the roles, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** What the names of both roles begin with. Changing it replaces the resource. */
  declare readonly name: pulumi.Output<string>;
  /** Any value, such as a month: a change rotates. */
  declare readonly rotation: pulumi.Output<string | number | boolean>;
  /** Overlap in seconds: how long the previous password goes on working after a rotation. No further rotation happens in that time. With 0 it ends in the same update, and its sessions with it. Default: `0`. */
  declare readonly keepPreviousSeconds: pulumi.Output<number>;
  /** Whether `password` is an output, encrypted in the state. Without it no password is ever read or kept. Default: `false`. */
  declare readonly revealPassword: pulumi.Output<boolean>;
  /** The role to log in as. */
  declare readonly currentName: pulumi.Output<string>;
  /** The role whose password goes on working during the overlap. */
  declare readonly previousName: pulumi.Output<string | undefined>;
  /** When it was rotated last (RFC 3339). */
  declare readonly rotatedAt: pulumi.Output<string | undefined>;
  /** The value of `rotation` that the current password was made for. */
  declare readonly currentRotation: pulumi.Output<string | number | boolean>;
  /** The password, only with `revealPassword: true`. Secret: encrypted in the state. */
  declare readonly password: pulumi.Output<string | undefined>;

  constructor(name: string, args: RotatingRoleArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      {
        kind: "RotatingRole",
        secrets: ["password"],
        outputs: ["currentName", "previousName", "rotatedAt", "currentRotation", "password"],
        derived: { currentName: ["name"], previousName: ["name"], currentRotation: ["rotation"] },
        inId: ["name"],
      },
      name,
      args,
      opts,
    );
  }

  /** An existing object, by the id `{projectId}/{branchId}/{name}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): RotatingRole {
    return new RotatingRole(
      name,
      {
        projectId: undefined,
        branchId: undefined,
        name: undefined,
        rotation: undefined,
        keepPreviousSeconds: undefined,
        revealPassword: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
