import * as pulumi from "@pulumi/pulumi";
import type { AlarmSubscriber } from "../alarmSubscribers.js";
import type { RequiredTagsArgs } from "../requiredTags.js";
import { ActivityAlerts, type ActivityAlertsTransforms } from "./activityAlerts.js";
import { ActivityLogExport, type ActivityLogExportTransforms, type LogStoreArgs } from "./activityLogExport.js";
import { DefenderPlans, type DefenderPlansTransforms, type PlanArgs } from "./defenderPlans.js";
import { RoleAssignments, type RoleAssignmentsArgs } from "./roleAssignments.js";
import { VaultLogs, type VaultLogsTransforms } from "./vaultLogs.js";

/** Inputs of `SecurityBaseline`. */
export interface SecurityBaselineArgs extends RequiredTagsArgs, LogStoreArgs, PlanArgs {
  /** Ids of the vaults whose logs are kept, by names of the program's own. Default: none. */
  readonly vaults?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** Who is told of what ends evidence or lets somebody in, by names of the program's own: at least one. */
  readonly subscribers: Readonly<Record<string, AlarmSubscriber>>;
  /** Who may do what, by names of the program's own. Default: nobody. */
  readonly assignments?: RoleAssignmentsArgs["assignments"] | undefined;
  /** Change what the children of each part are made with. */
  readonly transforms?:
    | {
        /** Of `ActivityLogExport`. */
        readonly activityLog?: ActivityLogExportTransforms | undefined;
        /** Of `VaultLogs`. */
        readonly vaultLogs?: VaultLogsTransforms | undefined;
        /** Of `DefenderPlans`. */
        readonly defender?: DefenderPlansTransforms | undefined;
        /** Of `ActivityAlerts`. */
        readonly alerts?: ActivityAlertsTransforms | undefined;
        /** Of `RoleAssignments`. */
        readonly roles?: RoleAssignmentsArgs["transforms"];
      }
    | undefined;
}

/**
 * What a subscription with data has beside the data: an `ActivityLogExport`, `VaultLogs` to the same account, `DefenderPlans`, `ActivityAlerts` and
 * `RoleAssignments`. Everything that has tags bears `dataClass`, `owner` and `retention`. Each part can be used alone.
 */
export class SecurityBaseline extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:SecurityBaseline";

  readonly activityLog: ActivityLogExport;
  readonly vaultLogs: VaultLogs;
  readonly defender: DefenderPlans;
  readonly alerts: ActivityAlerts;
  readonly roles: RoleAssignments;
  readonly storageAccountId: pulumi.Output<string>;
  readonly actionGroupId: pulumi.Output<string>;

  /** @throws PAL_BASELINE_SUBSCRIBERS; PAL_BASELINE_TAGS, PAL_BASELINE_PRINCIPALS, PAL_BASELINE_SCOPE once they are known */
  constructor(name: string, args: SecurityBaselineArgs, opts?: pulumi.ComponentResourceOptions) {
    super(SecurityBaseline.__pulumiType, name, {}, opts);
    const { dataClass, owner, retentionDays, tags, resourceGroupName, workspaceId, transforms = {} } = args;
    const own = { dataClass, owner, retentionDays, tags, resourceGroupName };
    const parent = { parent: this };
    const { location, storageAccountName } = args;
    const store = { ...own, location, storageAccountName, workspaceId, transforms: transforms.activityLog };
    this.activityLog = new ActivityLogExport(name, store, parent);
    this.storageAccountId = this.activityLog.storageAccountId;
    const logs = { vaults: args.vaults ?? {}, storageAccountId: this.storageAccountId, workspaceId, transforms: transforms.vaultLogs };
    this.vaultLogs = new VaultLogs(name, logs, parent);
    const { contactEmails, plans, subscribers, assignments = {} } = args;
    this.defender = new DefenderPlans(name, { contactEmails, plans, transforms: transforms.defender }, parent);
    const told = { ...own, subscribers, storageAccountId: this.storageAccountId, transforms: transforms.alerts };
    this.alerts = new ActivityAlerts(name, told, parent);
    this.actionGroupId = this.alerts.actionGroupId;
    this.roles = new RoleAssignments(name, { assignments, transforms: transforms.roles }, parent);
    const { storageAccountId, actionGroupId } = this;
    this.registerOutputs({ storageAccountId, actionGroupId });
  }
}
