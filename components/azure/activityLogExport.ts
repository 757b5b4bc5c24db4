import * as monitor from "@pulumi/azure-native/monitor";
import * as storage from "@pulumi/azure-native/storage";
import * as pulumi from "@pulumi/pulumi";
import { createChildFactory, type Transform } from "../child.js";
import { buildTags, type RequiredTagsArgs, resolveRetention } from "../requiredTags.js";

/** What happens to resources, what Defender and policies say of them. learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema */
const CATEGORIES = ["Administrative", "Security", "Alert", "Policy"];
/** The account's name is the child's with eight more, 24 letters and digits at most. */
const NAME_LETTERS = 12;

/** Inputs of `ActivityLogExport` beside its tags. */
export interface LogStoreArgs {
  /** Resource group in which the storage account is made. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Region of the storage account. Default: that of the resource group. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Name of the storage account: 3 to 24 small letters and digits, unique in Azure. Default: the component's name and random letters. */
  readonly storageAccountName?: pulumi.Input<string> | undefined;
  /** Id of a Log Analytics workspace that the log goes to as well, where it can be asked. Default: none. */
  readonly workspaceId?: pulumi.Input<string> | undefined;
}

/** Change what the children of `ActivityLogExport` are made with. */
export interface ActivityLogExportTransforms {
  readonly storageAccount?: Transform<storage.StorageAccountArgs> | undefined;
  readonly lifecycle?: Transform<storage.ManagementPolicyArgs> | undefined;
  readonly export?: Transform<monitor.SubscriptionDiagnosticSettingArgs> | undefined;
}

/** Inputs of `ActivityLogExport`. */
export interface ActivityLogExportArgs extends RequiredTagsArgs, LogStoreArgs {
  /** Change what the children are made with. */
  readonly transforms?: ActivityLogExportTransforms | undefined;
}

/**
 * The activity log of a subscription, kept for `retentionDays`: a storage account that Azure's own services alone write to, whose blobs are only
 * added to until their time is over and go after it, and the export. Azure makes an account with an unlocked policy of immutability: whoever may
 * change the account can take it away until somebody locks it.
 */
export class ActivityLogExport extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:ActivityLogExport";

  readonly storageAccount: storage.StorageAccount;
  readonly lifecycle: storage.ManagementPolicy;
  readonly export: monitor.SubscriptionDiagnosticSetting;
  readonly storageAccountId: pulumi.Output<string>;

  /** @throws PAL_BASELINE_TAGS, once they are known */
  constructor(name: string, args: ActivityLogExportArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ActivityLogExport.__pulumiType, name, {}, opts);
    const { resourceGroupName, transforms = {} } = args;
    const make = createChildFactory(this);
    const retentionDays = resolveRetention(args);
    const child = `${name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, "")
      .slice(0, NAME_LETTERS)}logs`;
    this.storageAccount = make(storage.StorageAccount, child, buildAccountArgs(args, retentionDays), transforms.storageAccount);
    this.storageAccountId = this.storageAccount.id;
    const lifecycle: storage.ManagementPolicyArgs = {
      resourceGroupName,
      accountName: this.storageAccount.name,
      managementPolicyName: "default",
      policy: { rules: [buildExpiry(retentionDays)] },
    };
    // It goes with the account: one that is not empty keeps it.
    this.lifecycle = make(storage.ManagementPolicy, name, lifecycle, transforms.lifecycle, { retainOnDelete: true });
    const exported: monitor.SubscriptionDiagnosticSettingArgs = {
      name,
      storageAccountId: this.storageAccountId,
      ...(args.workspaceId !== undefined && { workspaceId: args.workspaceId }),
      logs: CATEGORIES.map((category) => ({ category, enabled: true })),
    };
    this.export = make(monitor.SubscriptionDiagnosticSetting, name, exported, transforms.export);
    this.registerOutputs({ storageAccountId: this.storageAccountId });
  }
}

const buildAccountArgs = (
  { resourceGroupName, location, storageAccountName, ...tags }: ActivityLogExportArgs,
  retentionDays: pulumi.Output<number>,
): storage.StorageAccountArgs => ({
  resourceGroupName,
  ...(location !== undefined && { location }),
  ...(storageAccountName !== undefined && { accountName: storageAccountName }),
  kind: storage.Kind.StorageV2,
  sku: { name: storage.SkuName.Standard_GRS },
  allowBlobPublicAccess: false,
  allowCrossTenantReplication: false,
  enableHttpsTrafficOnly: true,
  minimumTlsVersion: storage.MinimumTlsVersion.TLS1_2,
  networkRuleSet: { bypass: storage.Bypass.AzureServices, defaultAction: storage.DefaultAction.Deny },
  immutableStorageWithVersioning: {
    enabled: true,
    immutabilityPolicy: {
      // Azure adds to the blob of an hour.
      allowProtectedAppendWrites: true,
      immutabilityPeriodSinceCreationInDays: retentionDays,
      state: storage.AccountImmutabilityPolicyState.Unlocked,
    },
  },
  tags: buildTags(tags),
});

const buildExpiry = (days: pulumi.Output<number>) => ({
  name: "retention",
  enabled: true,
  type: storage.RuleType.Lifecycle,
  definition: {
    filters: { blobTypes: ["appendBlob", "blockBlob"] },
    actions: {
      baseBlob: { delete: { daysAfterModificationGreaterThan: days } },
      version: { delete: { daysAfterCreationGreaterThan: days } },
    },
  },
});
