import { z } from "zod";
import { Operations, Timestamp } from "./common.js";

/** A compute. Neon calls it an endpoint; ours never do, because clouds have endpoints too. */
export const ComputeUnits = z.number().min(0.25);
/** -1 = never suspend, 0 = the default (300 s), else 60 to 604,800. */
export const SuspendTimeoutSeconds = z.number().int().min(-1).max(604_800);
export const PgSettings = z.record(z.string(), z.string());
export const PreloadLibraries = z.object({ use_defaults: z.boolean().optional(), enabled_libraries: z.array(z.string()).optional() });

export const DefaultEndpointSettings = z.object({
  pg_settings: PgSettings.optional(),
  autoscaling_limit_min_cu: ComputeUnits.optional(),
  autoscaling_limit_max_cu: ComputeUnits.optional(),
  suspend_timeout_seconds: SuspendTimeoutSeconds.optional(),
});
export type DefaultEndpointSettings = z.infer<typeof DefaultEndpointSettings>;

export const EndpointSettings = z.object({ pg_settings: PgSettings.optional(), preload_libraries: PreloadLibraries.optional() });

export const Endpoint = z.object({
  id: z.string(),
  host: z.string(),
  name: z.string().optional(),
  project_id: z.string(),
  branch_id: z.string(),
  region_id: z.string(),
  autoscaling_limit_min_cu: z.number(),
  autoscaling_limit_max_cu: z.number(),
  type: z.string(),
  current_state: z.string(),
  pending_state: z.string().optional(),
  settings: EndpointSettings,
  pooler_enabled: z.boolean(),
  pooler_mode: z.string(),
  disabled: z.boolean(),
  passwordless_access: z.boolean(),
  last_active: z.string().optional(),
  creation_source: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
  started_at: Timestamp.optional(),
  suspended_at: Timestamp.optional(),
  proxy_host: z.string(),
  suspend_timeout_seconds: z.number().int(),
  provisioner: z.string(),
});
export type Endpoint = z.infer<typeof Endpoint>;

export const EndpointType = z.enum(["read_write", "read_only"]);

/** A compute asked for together with its branch. */
export const BranchEndpointOptions = z.object({
  type: EndpointType,
  settings: EndpointSettings.optional(),
  autoscaling_limit_min_cu: ComputeUnits.optional(),
  autoscaling_limit_max_cu: ComputeUnits.optional(),
  provisioner: z.string().optional(),
  suspend_timeout_seconds: SuspendTimeoutSeconds.optional(),
});
export type BranchEndpointOptions = z.infer<typeof BranchEndpointOptions>;

const settable = {
  name: z.string().min(1).max(64).optional(),
  autoscaling_limit_min_cu: ComputeUnits.optional(),
  autoscaling_limit_max_cu: ComputeUnits.optional(),
  provisioner: z.string().optional(),
  settings: EndpointSettings.optional(),
  disabled: z.boolean().optional(),
  passwordless_access: z.boolean().optional(),
  suspend_timeout_seconds: SuspendTimeoutSeconds.optional(),
  pooler_enabled: z.boolean().optional(),
  pooler_mode: z.string().optional(),
};
export const EndpointCreateRequest = z.object({
  endpoint: z.object({ branch_id: z.string(), region_id: z.string().optional(), type: EndpointType, ...settable }),
});
export type EndpointCreateRequest = z.infer<typeof EndpointCreateRequest>;
/** `branch_id` (a move) is deprecated at Neon and accepted only when it says where the compute already is. */
export const EndpointUpdateRequest = z.object({ endpoint: z.object({ branch_id: z.string().optional(), ...settable }) });
export type EndpointUpdateRequest = z.infer<typeof EndpointUpdateRequest>;

export const EndpointResponse = z.object({ endpoint: Endpoint });
export const EndpointsResponse = z.object({ endpoints: z.array(Endpoint) });
export const EndpointOperations = EndpointResponse.extend(Operations.shape);
