import type { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import { omitUndefined } from "../../../contract/values.js";
import type { Branch } from "../../../contract/wire/branch.js";
import type { Endpoint } from "../../../contract/wire/endpoint.js";
import type { Annotation } from "../../../contract/wire/common.js";
import type { ProjectCreateRequest, ProjectFacts, ProjectSettings, ProjectUpdateRequest } from "../../../contract/wire/project.js";
import type { Properties, OwnershipTag, Observed } from "../../engine/define.js";
import { fromComputeSettings, fromFirstCompute, toComputeSettings } from "../shared/compute.js";
import type { BranchConnection } from "../shared/connection.js";
import { fromAnnotation, NETWORK_OWNER, toAnnotation } from "../shared/context.js";
import { listUnmanaged } from "../shared/unmanagedEntries.js";
import { fromSettings, type Network, computeNextRemoval, toFirstSettings, toSettings } from "../shared/network.js";
import type { inputs, outputs } from "./schema.js";

type Inputs = z.output<typeof inputs>;

export const toCreate = (p: Inputs, orgId: string, mark: OwnershipTag): ProjectCreateRequest => ({
  project: omitUndefined({
    name: p.name,
    region_id: p.regionId,
    pg_version: p.pgVersion,
    org_id: orgId,
    store_passwords: p.storePasswords,
    history_retention_seconds: p.historyRetentionSeconds,
    branch: omitUndefined({
      name: p.defaultBranch?.name,
      role_name: p.defaultBranch?.roleName,
      database_name: p.defaultBranch?.databaseName,
      annotations: { ...toAnnotation(mark), ...(p.network.allow !== "managedSeparately" && NETWORK_OWNER) },
    }),
    default_endpoint_settings: p.computeDefaults && toComputeSettings(p.computeDefaults),
    settings: { ...toFirstNetwork(p), ...toOtherSettings(p) },
  }),
});

/** No call makes a project with a disabled compute: until it is disabled nobody may connect. */
const toFirstNetwork = ({ network, defaultBranch }: Inputs): ProjectSettings =>
  defaultBranch?.compute?.disabled === true
    ? { ...toFirstSettings({ ...network, allow: "nobody" }), block_vpc_connections: true }
    : toFirstSettings(network);

/** Only what differs goes on the wire. */
export const toUpdate = (p: Inputs, changed: ReadonlySet<string>): ProjectUpdateRequest["project"] => {
  const settings = { ...(changed.has("network") && toSettings(p.network)), ...toOtherSettings(p, changed) };
  return {
    ...(changed.has("name") && { name: p.name }),
    ...(changed.has("historyRetentionSeconds") && { history_retention_seconds: p.historyRetentionSeconds }),
    ...(changed.has("computeDefaults") && p.computeDefaults && { default_endpoint_settings: toComputeSettings(p.computeDefaults) }),
    ...(Object.keys(settings).length > 0 && { settings }),
  };
};

export const toBranchUpdate = ({ defaultBranch }: Inputs, changed: ReadonlySet<string>) =>
  omitUndefined({
    name: changed.has("defaultBranch.name") ? defaultBranch?.name : undefined,
    protected: changed.has("defaultBranch.protected") ? defaultBranch?.protected : undefined,
  });

type Outputs = Partial<z.output<typeof outputs>>;

export interface DefaultBranch {
  branch: Branch;
  /** Its read-write compute; undefined where it has none or was not asked for. */
  compute: Endpoint | undefined;
  connection: BranchConnection;
  annotation: Annotation | undefined;
}

export const fromWire = (
  project: ProjectFacts,
  { branch, compute, connection, annotation }: DefaultBranch,
  recorded: Properties,
): Observed<typeof inputs, typeof outputs> => {
  const seen = fromProject(project, recorded, { defaultBranchId: branch.id, ...connection });
  const defaultBranch = { name: branch.name, protected: branch.protected, ...(compute && { compute: fromFirstCompute(compute) }) };
  return { ...seen, inputs: { ...seen.inputs, defaultBranch }, ownershipTag: fromAnnotation(annotation) };
};

/** Without what only its default branch tells. @param others the branch and its compute, known from elsewhere */
export const fromProject = (project: ProjectFacts, recorded: Properties, others: Outputs): Observed<typeof inputs, typeof outputs> => {
  const { settings } = project;
  const { nextRemovalAt: _, ...known } = others;
  const window = settings?.maintenance_window;
  return {
    inputs: omitUndefined({
      name: project.name,
      regionId: project.region_id,
      pgVersion: project.pg_version,
      orgId: project.org_id === undefined ? undefined : OrgId.parse(project.org_id),
      network: fromSettings(settings, recorded["network"] as Network | undefined),
      historyRetentionSeconds: project.history_retention_seconds,
      computeDefaults: fromComputeSettings(project.default_endpoint_settings ?? {}),
      maintenanceWindow: window && { weekdays: window.weekdays, startTime: window.start_time, endTime: window.end_time },
      auditLogLevel: settings?.audit_log_level as Inputs["auditLogLevel"],
      logicalReplication: settings?.enable_logical_replication ?? false,
      hipaa: settings?.hipaa ?? project.hipaa_enabled_at !== undefined,
      quota: settings?.quota && fromQuota(settings.quota),
      storePasswords: project.store_passwords,
    }),
    outputs: {
      ...known,
      ...computeNextRemoval(settings, (recorded["network"] as Network | undefined)?.ranges),
    },
    accountId: project.org_id,
    unmanagedEntries: listUnmanaged(settings, recorded["network"] as Network | undefined),
  };
};

/** Settings beside the network: all that are declared, or those of them that changed. */
function toOtherSettings(p: Inputs, changed?: ReadonlySet<string>): ProjectSettings {
  const asked = <V>(field: keyof Inputs, value: V) => (changed === undefined || changed.has(field) ? value : undefined);
  const { maintenanceWindow: window, quota } = p;
  return omitUndefined({
    audit_log_level: asked("auditLogLevel", p.auditLogLevel),
    enable_logical_replication: asked("logicalReplication", p.logicalReplication),
    hipaa: asked("hipaa", p.hipaa),
    maintenance_window: asked(
      "maintenanceWindow",
      window && { weekdays: window.weekdays, start_time: window.startTime, end_time: window.endTime },
    ),
    quota: asked("quota", quota && toQuota(quota)),
  });
}

const QUOTA = [
  ["activeTimeSeconds", "active_time_seconds"],
  ["computeTimeSeconds", "compute_time_seconds"],
  ["writtenDataBytes", "written_data_bytes"],
  ["dataTransferBytes", "data_transfer_bytes"],
  ["logicalSizeBytes", "logical_size_bytes"],
] as const;
type Quota = NonNullable<Inputs["quota"]>;
type QuotaWire = NonNullable<ProjectSettings["quota"]>;
const toQuota = (quota: Quota): QuotaWire => omitUndefined(Object.fromEntries(QUOTA.map(([ours, theirs]) => [theirs, quota[ours]])));
const fromQuota = (quota: QuotaWire): Quota => omitUndefined(Object.fromEntries(QUOTA.map(([ours, theirs]) => [ours, quota[theirs]])));
