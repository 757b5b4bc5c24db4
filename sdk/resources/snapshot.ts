// Generated from provider/resources/snapshot/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** `from` of `Snapshot`. */
export interface SnapshotFromArgs {
  /** The data as of this time (RFC 3339). */
  readonly timestamp?: pulumi.Input<string> | undefined;
  /** The data as of this log sequence number. */
  readonly lsn?: pulumi.Input<string> | undefined;
}

/** Inputs of `Snapshot`. */
export interface SnapshotArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the data, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** Name of the snapshot. */
  readonly name: pulumi.Input<string>;
  /** A past moment of the branch, within its history retention; now when omitted. Cannot change after creation. */
  readonly from?: pulumi.Input<SnapshotFromArgs> | undefined;
  /** When Neon deletes the snapshot by itself (RFC 3339); never when omitted. */
  readonly expiresAt?: pulumi.Input<string> | undefined;
}

/** `from` of `Snapshot`. */
export interface SnapshotFrom {
  /** The data as of this time (RFC 3339). */
  readonly timestamp?: string | undefined;
  /** The data as of this log sequence number. */
  readonly lsn?: string | undefined;
}

/** What a root branch held at one moment, kept apart from the branch until it is deleted or expires. Restoring it is not Pulumi's business: it gives the branch another id (`palisade rebind`). */
export class Snapshot extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:Snapshot";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the data, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** Name of the snapshot. */
  declare readonly name: pulumi.Output<string>;
  /** A past moment of the branch, within its history retention; now when omitted. Cannot change after creation. */
  declare readonly from: pulumi.Output<SnapshotFrom | undefined>;
  /** When Neon deletes the snapshot by itself (RFC 3339); never when omitted. */
  declare readonly expiresAt: pulumi.Output<string | undefined>;
  /** When it was made (RFC 3339). */
  declare readonly createdAt: pulumi.Output<string>;

  constructor(name: string, args: SnapshotArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "Snapshot", secrets: [], outputs: ["createdAt"] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{snapshotId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): Snapshot {
    return new Snapshot(
      name,
      { projectId: undefined, branchId: undefined, name: undefined, from: undefined, expiresAt: undefined, ...state } as never,
      { ...opts, id },
    );
  }

  /** Part of the id, known in every preview after creation. */
  get snapshotId(): pulumi.Output<string> {
    return this.idPart(1);
  }
}
