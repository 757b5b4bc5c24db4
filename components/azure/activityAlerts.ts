import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { type AlarmSubscriber, resolveSubscribers } from "../alarmSubscribers.js";
import { createChildFactory, type Transform } from "../child.js";
import { buildTags, type RequiredTagsArgs } from "../requiredTags.js";
import { lookUpSubscription } from "./scopes.js";

/** Alerts are in no region. */
const GLOBAL = "Global";
/** As it shows in messages; Azure's own limit. */
const SHORT_NAME_LETTERS = 12;

/** What is told, by the operation of the activity log: whatever ends or narrows recording, finding or telling, and who gets in. */
const OPERATIONS = {
  "logs-changed": "Microsoft.Insights/diagnosticSettings/write",
  "logs-deleted": "Microsoft.Insights/diagnosticSettings/delete",
  "alert-deleted": "Microsoft.Insights/activityLogAlerts/delete",
  "action-group-deleted": "Microsoft.Insights/actionGroups/delete",
  "plan-changed": "Microsoft.Security/pricings/write",
  "role-assigned": "Microsoft.Authorization/roleAssignments/write",
  "vault-deleted": "Microsoft.KeyVault/vaults/delete",
  "storage-keys-read": "Microsoft.Storage/storageAccounts/listKeys/action",
} as const;

/** Change what the children of `ActivityAlerts` are made with; the second argument is the child's name. */
export interface ActivityAlertsTransforms {
  readonly actionGroup?: Transform<monitor.ActionGroupArgs> | undefined;
  readonly alert?: Transform<monitor.ActivityLogAlertArgs> | undefined;
}

/** Inputs of `ActivityAlerts`. */
export interface ActivityAlertsArgs extends RequiredTagsArgs {
  /** Resource group in which everything is made. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Who is told, by names of the program's own: at least one. */
  readonly subscribers: Readonly<Record<string, AlarmSubscriber>>;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: ActivityAlertsTransforms | undefined;
}

/** What a subscription tells by itself: an action group, and an alert for each operation that ends evidence or lets somebody in. */
export class ActivityAlerts extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:ActivityAlerts";

  readonly actionGroup: monitor.ActionGroup;
  readonly alerts: readonly monitor.ActivityLogAlert[];
  readonly actionGroupId: pulumi.Output<string>;

  /** @throws PAL_BASELINE_SUBSCRIBERS; PAL_BASELINE_TAGS once they are known */
  constructor(name: string, args: ActivityAlertsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ActivityAlerts.__pulumiType, name, {}, opts);
    const { resourceGroupName, transforms = {} } = args;
    const make = createChildFactory(this);
    const own = { resourceGroupName, location: GLOBAL, tags: buildTags(args) };
    const all = resolveSubscribers(args.subscribers);
    const group: monitor.ActionGroupArgs = {
      ...own,
      enabled: true,
      groupShortName: name.slice(0, SHORT_NAME_LETTERS),
      emailReceivers: all
        .filter(({ protocol }) => protocol === "email")
        .map(({ subscriber, address }) => ({ name: subscriber, emailAddress: address, useCommonAlertSchema: true })),
      webhookReceivers: all
        .filter(({ protocol }) => protocol === "https")
        .map(({ subscriber, address }) => ({ name: subscriber, serviceUri: address, useCommonAlertSchema: true })),
    };
    this.actionGroup = make(monitor.ActionGroup, name, group, transforms.actionGroup);
    this.actionGroupId = this.actionGroup.id;
    const scopes = [lookUpSubscription(this).apply((id) => `/subscriptions/${id}`)];
    this.alerts = Object.entries(OPERATIONS).map(([child, operation]) => {
      const alert: monitor.ActivityLogAlertArgs = {
        ...own,
        enabled: true,
        description: operation,
        scopes,
        condition: {
          allOf: [
            { field: "category", equals: "Administrative" },
            { field: "operationName", equals: operation },
          ],
        },
        actions: { actionGroups: [{ actionGroupId: this.actionGroupId }] },
      };
      return make(monitor.ActivityLogAlert, `${name}-${child}`, alert, transforms.alert);
    });
    this.registerOutputs({ actionGroupId: this.actionGroupId });
  }
}
