import { z } from "zod";
import { Branch } from "./branch.js";
import { AnnotationValue, Operations, Pagination, Timestamp } from "./common.js";
import { ConnectionUris } from "./connection.js";
import { DatabasesResponse } from "./database.js";
import { DefaultEndpointSettings, EndpointsResponse, PreloadLibraries } from "./endpoint.js";
import { RolesResponse } from "./role.js";

/** `ips: []` (or none) means every address; entries come back as sent. A PATCH replaces the whole list. */
export const AllowedIps = z.object({ ips: z.array(z.string()).optional(), protected_branches_only: z.boolean().optional() });
export type AllowedIps = z.infer<typeof AllowedIps>;

/** UTC; weekdays 1 = Monday to 7 = Sunday; times "HH:MM". */
export const MaintenanceWindow = z.object({
  weekdays: z.array(z.number().int().min(1).max(7)),
  start_time: z.string(),
  end_time: z.string(),
});

export const Quota = z.object({
  active_time_seconds: z.number().int().min(0).optional(),
  compute_time_seconds: z.number().int().min(0).optional(),
  written_data_bytes: z.number().int().min(0).optional(),
  data_transfer_bytes: z.number().int().min(0).optional(),
  logical_size_bytes: z.number().int().min(0).optional(),
});

/** `block_public_connections` outranks the list; `hipaa` and `enable_logical_replication` cannot be turned off again. */
export const ProjectSettings = z.object({
  quota: Quota.optional(),
  allowed_ips: AllowedIps.optional(),
  enable_logical_replication: z.boolean().optional(),
  maintenance_window: MaintenanceWindow.optional(),
  block_public_connections: z.boolean().optional(),
  block_vpc_connections: z.boolean().optional(),
  audit_log_level: z.string().optional(),
  hipaa: z.boolean().optional(),
  preload_libraries: PreloadLibraries.optional(),
});
export type ProjectSettings = z.infer<typeof ProjectSettings>;

const common = {
  id: z.string(),
  platform_id: z.string(),
  region_id: z.string(),
  name: z.string(),
  provisioner: z.string(),
  default_endpoint_settings: DefaultEndpointSettings.optional(),
  settings: ProjectSettings.optional(),
  pg_version: z.number().int(),
  proxy_host: z.string(),
  branch_logical_size_limit: z.number(),
  branch_logical_size_limit_bytes: z.number(),
  store_passwords: z.boolean(),
  cpu_used_sec: z.number(),
  creation_source: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
  owner_id: z.string(),
  org_id: z.string().optional(),
  hipaa_enabled_at: Timestamp.optional(),
};

/** What a project and an item of the list of projects have in common: all that is declared of it. */
const ProjectFacts = z.object({ ...common, history_retention_seconds: z.number().int().optional() });
export type ProjectFacts = z.infer<typeof ProjectFacts>;

export const Project = z.object({
  ...common,
  history_retention_seconds: z.number().int(),
  data_storage_bytes_hour: z.number(),
  data_transfer_bytes: z.number(),
  written_data_bytes: z.number(),
  compute_time_seconds: z.number(),
  active_time_seconds: z.number(),
  consumption_period_start: Timestamp,
  consumption_period_end: Timestamp,
});
export type Project = z.infer<typeof Project>;

export const ProjectListItem = ProjectFacts.extend({
  active_time: z.number(),
  org_name: z.string().optional(),
  deleted_at: Timestamp.optional(),
  recoverable_until: Timestamp.optional(),
});
export type ProjectListItem = z.infer<typeof ProjectListItem>;

/** At most 30 days. */
const HistoryRetentionSeconds = z.number().int().min(0).max(2_592_000);
const ProjectName = z.string().min(1).max(256);

export const ProjectCreateRequest = z.object({
  project: z.object({
    name: ProjectName.optional(),
    region_id: z.string().optional(),
    pg_version: z.number().int().optional(),
    org_id: z.string().optional(),
    store_passwords: z.boolean().optional(),
    history_retention_seconds: HistoryRetentionSeconds.optional(),
    provisioner: z.string().optional(),
    branch: z
      .object({
        name: z.string().min(1).max(256).optional(),
        role_name: z.string().min(1).optional(),
        database_name: z.string().min(1).optional(),
        annotations: AnnotationValue.optional(),
      })
      .optional(),
    autoscaling_limit_min_cu: z.number().min(0.25).optional(),
    autoscaling_limit_max_cu: z.number().min(0.25).optional(),
    default_endpoint_settings: DefaultEndpointSettings.optional(),
    settings: ProjectSettings.optional(),
  }),
});
export type ProjectCreateRequest = z.infer<typeof ProjectCreateRequest>;

/** Merged per key of `settings`; what is not sent keeps its value. */
export const ProjectUpdateRequest = z.object({
  project: z.object({
    settings: ProjectSettings.optional(),
    name: ProjectName.optional(),
    default_endpoint_settings: DefaultEndpointSettings.optional(),
    history_retention_seconds: HistoryRetentionSeconds.optional(),
  }),
});
export type ProjectUpdateRequest = z.infer<typeof ProjectUpdateRequest>;

export const ProjectResponse = z.object({ project: Project });
export const ProjectOperations = ProjectResponse.extend(Operations.shape);
/** `applications` and `integrations` are keyed by project id. */
export const ProjectsPage = z
  .object({
    projects: z.array(ProjectListItem),
    applications: z.record(z.string(), z.array(z.string())).default({}),
    integrations: z.record(z.string(), z.array(z.string())).default({}),
  })
  .extend(Pagination.shape);
export const SharedProjectsPage = z.object({ projects: z.array(ProjectListItem) }).extend(Pagination.shape);
export const PreloadLibrariesResponse = z.object({
  libraries: z
    .array(
      z.object({
        library_name: z.string(),
        description: z.string(),
        is_default: z.boolean(),
        is_experimental: z.boolean(),
        version: z.string(),
      }),
    )
    .optional(),
});
export const ProjectRecoverResponse = ProjectResponse.extend({ branches: z.array(Branch) });
export const CreatedProject = ProjectResponse.extend(Operations.shape)
  .extend({ branch: Branch })
  .extend(EndpointsResponse.shape)
  .extend(RolesResponse.shape)
  .extend(DatabasesResponse.shape)
  .extend(ConnectionUris.shape);
export type CreatedProject = z.infer<typeof CreatedProject>;
