import * as monitor from "@pulumi/azure-native/monitor";
import * as pulumi from "@pulumi/pulumi";
import { createChildFactory, type Transform } from "../child.js";
import { assertVaultId } from "./scopes.js";

/** Change what the children of `VaultLogs` are made with; the second argument is the child's name. */
export interface VaultLogsTransforms {
  readonly setting?: Transform<monitor.DiagnosticSettingArgs> | undefined;
}

/** Inputs of `VaultLogs`. Diagnostic settings have no tags. */
export interface VaultLogsArgs {
  /** Ids of the vaults whose logs are kept, by names of the program's own. */
  readonly vaults: Readonly<Record<string, pulumi.Input<string>>>;
  /** Id of the storage account that they go to, such as that of `ActivityLogExport`; how long it keeps them is its own. */
  readonly storageAccountId: pulumi.Input<string>;
  /** Id of a Log Analytics workspace that they go to as well. Default: none. */
  readonly workspaceId?: pulumi.Input<string> | undefined;
  /** Change what the children are made with; the second argument is the child's name. */
  readonly transforms?: VaultLogsTransforms | undefined;
}

/** Each use of each key of these vaults, and each change of who may: their logs go to a storage account. */
export class VaultLogs extends pulumi.ComponentResource {
  /** For policies and `validateResourceOfType`. */
  static readonly __pulumiType = "palisade:azure:VaultLogs";

  /** By the names of the vaults. */
  readonly settings: Readonly<Record<string, monitor.DiagnosticSetting>>;

  /** @throws PAL_BASELINE_SCOPE, once they are known */
  constructor(name: string, args: VaultLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(VaultLogs.__pulumiType, name, {}, opts);
    const make = createChildFactory(this);
    const { storageAccountId, workspaceId, transforms = {} } = args;
    this.settings = Object.fromEntries(
      Object.entries(args.vaults).map(([vault, id]) => {
        const setting: monitor.DiagnosticSettingArgs = {
          name,
          resourceUri: pulumi.output(id).apply((one) => assertVaultId(vault, one)),
          storageAccountId,
          ...(workspaceId !== undefined && { workspaceId }),
          logs: [{ categoryGroup: "allLogs", enabled: true }],
        };
        return [vault, make(monitor.DiagnosticSetting, `${name}-${vault}`, setting, transforms.setting)];
      }),
    );
    this.registerOutputs({});
  }
}
