import type { Branch } from "@palisade/neon/contract/wire/branch";
import { DAY_SECONDS } from "@palisade/neon/contract/durations";
import { REGIONS } from "@palisade/neon/contract/regions";
import { omitUndefined } from "@palisade/neon/contract/values";
import type { Organization } from "@palisade/neon/contract/wire/account";
import type { Database } from "@palisade/neon/contract/wire/database";
import type { ProjectCreateRequest, ProjectListItem, ProjectSettings, ProjectUpdateRequest } from "@palisade/neon/contract/wire/project";
import { addSeconds } from "../clock.js";
import type { IdGenerator } from "../idGenerator.js";
import type { StoredEndpoint, StoredProject } from "../store/kinds.js";
import { assertAllowlist } from "./allowlist.js";
import { type Creator, RECOVERY_SECONDS, createRootBranch } from "./branches.js";
import { createCompute } from "./computes.js";
import { isResized, assertSizing } from "./computeSizes.js";
import { createDatabase } from "./databases.js";
import { NEON_PG_VERSIONS, type PgVersions } from "./pgVersions.js";
import { type PlanLimits, getPlanLimits } from "./plans.js";
import { Refusal } from "./refusals.js";
import { type RoleWithPassword, createRole } from "./roles.js";
import { omit } from "./values.js";

export const DEFAULT_REGION = "aws-us-east-1";
const DEFAULT_DATABASE = "neondb";

/** Everything that is created with a project. */
export interface NewProject {
  project: StoredProject;
  branch: Branch;
  annotations: Record<string, string>;
  owner: RoleWithPassword;
  database: Database;
  compute: StoredEndpoint;
}

interface ProjectCreation {
  organization: Organization;
  by: Creator;
  at: string;
  ids: IdGenerator;
  databaseId: number;
  pgVersions: PgVersions;
}

export function createProject(asked: ProjectCreateRequest["project"], making: ProjectCreation): NewProject {
  const { organization, by, at, ids, databaseId, pgVersions } = making;
  const limits = getPlanLimits(organization);
  const project = buildProject(asked, ids.createProjectId(), organization, at, limits, getPgVersion(asked.pg_version, pgVersions));
  const settled = applySettings(project, asked.settings ?? {}, limits, at);
  const branch = createRootBranch(project.id, asked.branch?.name ?? "main", by, at, ids);
  const databaseName = asked.branch?.database_name ?? DEFAULT_DATABASE;
  const owner = createRole(branch.id, asked.branch?.role_name ?? `${databaseName}_owner`, false, at, ids);
  const sizes = { autoscaling_limit_min_cu: asked.autoscaling_limit_min_cu, autoscaling_limit_max_cu: asked.autoscaling_limit_max_cu };
  const compute = createCompute(settled, branch.id, { type: "read_write", ...sizes }, at, ids);
  assertSizing(settled.default_endpoint_settings ?? {}, limits);
  assertSizing(compute, limits);
  return {
    project: settled,
    branch,
    annotations: asked.branch?.annotations ?? {},
    owner,
    database: createDatabase(databaseId, branch.id, databaseName, owner.role, at),
    compute,
  };
}

/** Settings are merged per key; what is not sent keeps its value. */
export function updateProject(
  project: StoredProject,
  asked: ProjectUpdateRequest["project"],
  limits: PlanLimits,
  at: string,
): StoredProject {
  const { settings, default_endpoint_settings, ...changes } = omitUndefined(asked);
  if (changes.history_retention_seconds !== undefined) assertRetention(changes.history_retention_seconds, limits);
  const defaults = { ...project.default_endpoint_settings, ...omitUndefined(default_endpoint_settings ?? {}) };
  if (isResized(project.default_endpoint_settings ?? {}, defaults)) assertSizing(defaults, limits);
  const changed = { ...project, ...changes, default_endpoint_settings: defaults, updated_at: at };
  return applySettings(changed, settings ?? {}, limits, at);
}

export function assertProjectDeletable(protectedBranches: readonly Branch[]): void {
  if (protectedBranches.length > 0)
    throw new Refusal("projectHasProtectedBranches", { branches: protectedBranches.map(({ id }) => id).join(", ") });
}

/** Deleted, and recoverable for a week. */
export const markProjectDeleted = (project: StoredProject, at: string): StoredProject => ({
  ...project,
  deleted_at: at,
  recoverable_until: addSeconds(at, RECOVERY_SECONDS),
  updated_at: at,
});

export function recoverProject(project: StoredProject, at: string): StoredProject {
  if (project.deleted_at === undefined) throw new Refusal("projectNotRecoverable", { project: project.id });
  return { ...omit(project, "deleted_at", "recoverable_until"), updated_at: at };
}

/** As `GET /projects` shows it: without the consumption totals. */
export function toListItem(project: StoredProject, proxyHost: string, orgName: string | undefined): ProjectListItem {
  const shown = omit(
    project,
    ...(["data_storage_bytes_hour", "data_transfer_bytes", "written_data_bytes", "compute_time_seconds", "active_time_seconds"] as const),
    ...(["consumption_period_start", "consumption_period_end"] as const),
  );
  return { ...shown, proxy_host: proxyHost, active_time: project.active_time_seconds, ...omitUndefined({ org_name: orgName }) };
}

function applySettings(project: StoredProject, asked: ProjectSettings, limits: PlanLimits, at: string): StoredProject {
  const was = project.settings ?? {};
  assertAllowlist(asked.allowed_ips, limits);
  if (asked.hipaa === true && !limits.hipaa) throw new Refusal("hipaaNotInPlan");
  if (asked.hipaa === false && was.hipaa) throw new Refusal("hipaaStays");
  if (asked.enable_logical_replication === false && was.enable_logical_replication) throw new Refusal("replicationStays");
  const allowed_ips = { ...was.allowed_ips, ...omitUndefined(asked.allowed_ips ?? {}) };
  const settings = { ...was, ...omitUndefined(asked), allowed_ips };
  const hipaaNow = settings.hipaa === true && project.hipaa_enabled_at === undefined;
  return { ...project, settings, ...(hipaaNow && { hipaa_enabled_at: at }) };
}

function assertRetention(seconds: number, limits: PlanLimits): void {
  const max = limits.historyRetentionSeconds;
  if (seconds > max) throw new Refusal("retentionBeyondPlan", { max });
}

/** What is not installed is refused: a project that says 16 while 18 runs would be tested against another Postgres than it is run on. */
function getPgVersion(version: number | undefined, { offered, default: usual }: PgVersions): number {
  if (version === undefined || offered.includes(version)) return version ?? usual;
  if (!NEON_PG_VERSIONS.offered.includes(version)) throw new Refusal("unknownPgVersion", { version });
  throw new Refusal("pgVersionNotInstalled", { version, installed: offered.join(", ") });
}

function buildProject(
  asked: ProjectCreateRequest["project"],
  id: string,
  organization: Organization,
  at: string,
  limits: PlanLimits,
  pgVersion: number,
): StoredProject {
  const region = REGIONS.find((known) => known.id === (asked.region_id ?? DEFAULT_REGION));
  if (!region) throw new Refusal("unknownRegion", { region: asked.region_id ?? DEFAULT_REGION });
  const retention = asked.history_retention_seconds ?? Math.min(DAY_SECONDS, limits.historyRetentionSeconds);
  assertRetention(retention, limits);
  return {
    id,
    platform_id: region.cloud,
    region_id: region.id,
    name: asked.name ?? id,
    provisioner: asked.provisioner ?? "k8s-neonvm",
    default_endpoint_settings: {
      autoscaling_limit_min_cu: 0.25,
      autoscaling_limit_max_cu: 0.25,
      suspend_timeout_seconds: 0,
      ...omitUndefined(asked.default_endpoint_settings ?? {}),
    },
    settings: {
      allowed_ips: { ips: [], protected_branches_only: false },
      enable_logical_replication: false,
      block_public_connections: false,
      block_vpc_connections: false,
      hipaa: false,
    },
    pg_version: pgVersion,
    branch_logical_size_limit: 204_800,
    branch_logical_size_limit_bytes: 204_800 * 1_048_576,
    store_passwords: asked.store_passwords ?? true,
    cpu_used_sec: 0,
    creation_source: "console",
    history_retention_seconds: retention,
    data_storage_bytes_hour: 0,
    data_transfer_bytes: 0,
    written_data_bytes: 0,
    compute_time_seconds: 0,
    active_time_seconds: 0,
    created_at: at,
    updated_at: at,
    owner_id: organization.id,
    org_id: organization.id,
    ...computeConsumptionPeriod(at),
  };
}

/** The calendar month, in UTC. */
function computeConsumptionPeriod(at: string) {
  const date = new Date(at);
  const month = (offset: number) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset)).toISOString();
  return { consumption_period_start: month(0), consumption_period_end: month(1) };
}
