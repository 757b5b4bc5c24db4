// Generated from provider/resources/backupSchedule/schema.ts by "npm run generate". Do not edit.
import type * as pulumi from "@pulumi/pulumi";
import { type CommonArgs, NeonResource } from "../resource.js";

/** Inputs of `BackupSchedule`. */
export interface BackupScheduleArgs extends CommonArgs {
  /** Project that owns the branch. Cannot change after creation. */
  readonly projectId: pulumi.Input<string>;
  /** Branch that holds the data, by bare or composite id. Cannot change after creation. */
  readonly branchId: pulumi.Input<string>;
  /** How often: `daily`, `weekly` or `monthly`. */
  readonly frequency: pulumi.Input<"daily" | "weekly" | "monthly">;
  /** Hour of the day (UTC). Default: `0`. */
  readonly hour?: pulumi.Input<number> | undefined;
  /** Day of the week (1 is Monday) or of the month; not for `daily`. */
  readonly day?: pulumi.Input<number> | undefined;
  /** How long a snapshot of the schedule is kept, in seconds; 35 days, the most Neon allows, when omitted. Default: `3024000`. */
  readonly retentionSeconds?: pulumi.Input<number> | undefined;
  /** Whether the retention may be lowered and the schedule destroyed. Default: `false`. */
  readonly release?: pulumi.Input<boolean> | undefined;
}

/** Snapshots of a root branch that Neon makes by the clock (UTC) and keeps for a while. Keeping them for less time, and destroying the schedule, are refused until `release: true` is applied: a slip, or somebody with the program alone, must not end backups. */
export class BackupSchedule extends NeonResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/palisade:BackupSchedule";

  /** Project that owns the branch. Cannot change after creation. */
  declare readonly projectId: pulumi.Output<string>;
  /** Branch that holds the data, by bare or composite id. Cannot change after creation. */
  declare readonly branchId: pulumi.Output<string>;
  /** How often: `daily`, `weekly` or `monthly`. */
  declare readonly frequency: pulumi.Output<"daily" | "weekly" | "monthly">;
  /** Hour of the day (UTC). Default: `0`. */
  declare readonly hour: pulumi.Output<number>;
  /** Day of the week (1 is Monday) or of the month; not for `daily`. */
  declare readonly day: pulumi.Output<number | undefined>;
  /** How long a snapshot of the schedule is kept, in seconds; 35 days, the most Neon allows, when omitted. Default: `3024000`. */
  declare readonly retentionSeconds: pulumi.Output<number>;
  /** Whether the retention may be lowered and the schedule destroyed. Default: `false`. */
  declare readonly release: pulumi.Output<boolean>;

  constructor(name: string, args: BackupScheduleArgs, opts?: pulumi.CustomResourceOptions) {
    super({ kind: "BackupSchedule", secrets: [], outputs: [] }, name, args, opts);
  }

  /** An existing object, by the id `{projectId}/{branchId}`: it is read at every preview and never changed. `state.account` names the account. */
  static get(
    name: string,
    id: pulumi.Input<pulumi.ID>,
    state?: Pick<CommonArgs, "account">,
    opts?: pulumi.CustomResourceOptions,
  ): BackupSchedule {
    return new BackupSchedule(
      name,
      {
        projectId: undefined,
        branchId: undefined,
        frequency: undefined,
        hour: undefined,
        day: undefined,
        retentionSeconds: undefined,
        release: undefined,
        ...state,
      } as never,
      { ...opts, id },
    );
  }
}
