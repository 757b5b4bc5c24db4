import { z } from "zod";
import { Annotation, AnnotationValue, CursorPagination, Operations, Timestamp } from "./common.js";
import { ConnectionUris } from "./connection.js";
import { DatabasesResponse } from "./database.js";
import { BranchEndpointOptions, EndpointsResponse } from "./endpoint.js";
import { RolesResponse } from "./role.js";

export const Branch = z.object({
  id: z.string(),
  project_id: z.string(),
  parent_id: z.string().optional(),
  parent_lsn: z.string().optional(),
  parent_timestamp: Timestamp.optional(),
  name: z.string(),
  current_state: z.string(),
  pending_state: z.string().optional(),
  state_changed_at: Timestamp,
  logical_size: z.number().optional(),
  creation_source: z.string(),
  primary: z.boolean().optional(),
  default: z.boolean(),
  protected: z.boolean(),
  cpu_used_sec: z.number(),
  compute_time_seconds: z.number(),
  active_time_seconds: z.number(),
  written_data_bytes: z.number(),
  data_transfer_bytes: z.number(),
  created_at: Timestamp,
  updated_at: Timestamp,
  expires_at: Timestamp.optional(),
  last_reset_at: Timestamp.optional(),
  created_by: z.object({ name: z.string().optional(), image: z.string().optional() }).optional(),
  init_source: z.string().optional(),
  restore_status: z.string().optional(),
  restored_from: z.string().optional(),
  restored_as: z.string().optional(),
  restricted_actions: z.array(z.object({ name: z.string(), reason: z.string() })).optional(),
  recovery: z
    .object({ deleted_at: Timestamp.optional(), recoverable_until: Timestamp.optional(), deletion_method: z.string().optional() })
    .optional(),
});
export type Branch = z.infer<typeof Branch>;

/** RFC 3339, to the second. */
export const Instant = z.iso.datetime({ offset: true });
export const Lsn = z.string().regex(/^[a-fA-F0-9]{1,8}\/[a-fA-F0-9]{1,8}$/, "is not an LSN such as 0/1DE2850");

/** The body is optional. Parent defaults to the default branch; a compute exists only when asked for. */
export const BranchCreateRequest = z.object({
  branch: z
    .object({
      parent_id: z.string().optional(),
      name: z.string().min(1).max(256).optional(),
      parent_lsn: Lsn.optional(),
      parent_timestamp: Instant.optional(),
      protected: z.boolean().optional(),
      archived: z.boolean().optional(),
      init_source: z.string().optional(),
      expires_at: Instant.optional(),
    })
    .optional(),
  endpoints: z.array(BranchEndpointOptions).optional(),
  annotation_value: AnnotationValue.optional(),
});
export type BranchCreateRequest = z.infer<typeof BranchCreateRequest>;

/** `expires_at: null` takes the expiry away. */
export const BranchUpdateRequest = z.object({
  branch: z.object({
    name: z.string().min(1).max(256).optional(),
    protected: z.boolean().optional(),
    expires_at: Instant.nullable().optional(),
  }),
});
export type BranchUpdateRequest = z.infer<typeof BranchUpdateRequest>;

export const BranchRestoreRequest = z.object({
  source_branch_id: z.string(),
  source_lsn: Lsn.optional(),
  source_timestamp: Instant.optional(),
  preserve_under_name: z.string().min(1).max(256).optional(),
});
export type BranchRestoreRequest = z.infer<typeof BranchRestoreRequest>;

/** A lone branch: `annotation` is always there, with an empty value when nothing was written. */
export const BranchResponse = z.object({ branch: Branch, annotation: Annotation.optional() });
/** `annotations` is keyed by branch id. */
export const BranchesPage = z
  .object({ branches: z.array(Branch), annotations: z.record(z.string(), Annotation).default({}) })
  .extend(CursorPagination.shape);
export const BranchesCountResponse = z.object({ count: z.number().int() });
export const BranchRecoverResponse = z.object({ branch: Branch }).extend(EndpointsResponse.partial().shape);
export const BranchOperations = z.object({ branch: Branch }).extend(Operations.shape);
export const CreatedBranch = z
  .object({ branch: Branch })
  .extend(EndpointsResponse.shape)
  .extend(Operations.shape)
  .extend(RolesResponse.shape)
  .extend(DatabasesResponse.shape)
  .extend(ConnectionUris.partial().shape);
export type CreatedBranch = z.infer<typeof CreatedBranch>;
