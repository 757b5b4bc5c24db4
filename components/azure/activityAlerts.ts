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

/**
 * What is told of the subscription, by the operation of the activity log: whatever ends or narrows recording, finding or telling, and who gets in.
 * learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
 */
const OPERATIONS = {
  "logs-changed": "Microsoft.Insights/diagnosticSettings/write",
  "logs-deleted": "Microsoft.Insights/diagnosticSettings/delete",
  "alert-changed": "Microsoft.Insights/activityLogAlerts/write",
  "alert-deleted": "Microsoft.Insights/activityLogAlerts/delete",
  "action-group-changed": "Microsoft.Insights/actionGroups/write",
  "action-group-deleted": "Microsoft.Insights/actionGroups/delete",
  // A rule of this kind keeps alerts from their action group, and changes neither.
  "alerts-suppressed": "Microsoft.AlertsManagement/actionRules/write",
  "plan-changed": "Microsoft.Security/pricings/write",
  "findings-suppressed": "Microsoft.Security/alertsSuppressionRules/write",
  "contact-changed": "Microsoft.Security/securityContacts/write",
  "contact-deleted": "Microsoft.Security/securityContacts/delete",
  "role-assigned": "Microsoft.Authorization/roleAssignments/write",
  "lock-deleted": "Microsoft.Authorization/locks/delete",
  "vault-deleted": "Microsoft.KeyVault/vaults/delete",
  "storage-deleted": "Microsoft.Storage/storageAccounts/delete",
  "storage-keys-read": "Microsoft.Storage/storageAccounts/listKeys/action",
} as const;

/** What is told of one storage account, because a subscription does it all day to others. */
const STORE_OPERATIONS = {
  "log-store-changed": "Microsoft.Storage/storageAccounts/write",
  "log-store-retention-changed": "Microsoft.Storage/storageAccounts/managementPolicies/write",
  "log-store-blobs-changed": "Microsoft.Storage/storageAccounts/blobServices/write",
  "log-store-container-deleted": "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
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
  /** Id of the storage account that holds the logs: what changes it, its lifecycle or its containers is told. Default: none. */
  readonly storageAccountId?: pulumi.Input<string> | undefined;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: ActivityAlertsTransforms | undefined;
}

/**
 * What a subscription tells by itself: an action group, and an alert for each operation that ends evidence or lets somebody in. What happens to keys
 * inside a vault is in no activity log: `VaultLogs` keeps that.
 */
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
    const subscription = lookUpSubscription(this).apply((id) => `/subscriptions/${id}`);
    const { storageAccountId } = args;
    const told = [
      ...Object.entries(OPERATIONS).map(([child, operation]) => ({ child, operation, scope: subscription })),
      ...(storageAccountId === undefined
        ? []
        : Object.entries(STORE_OPERATIONS).map(([child, operation]) => ({ child, operation, scope: storageAccountId }))),
    ];
    this.alerts = told.map(({ child, operation, scope }) => {
      const alert: monitor.ActivityLogAlertArgs = {
        ...own,
        enabled: true,
        description: operation,
        scopes: [scope],
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
