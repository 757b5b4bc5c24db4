import { omitUndefined } from "@palisade/neon/contract/values";
import type { BranchEndpointOptions, EndpointCreateRequest, EndpointUpdateRequest } from "@palisade/neon/contract/wire/endpoint";
import type { IdGenerator } from "../idGenerator.js";
import type { StoredEndpoint, StoredProject } from "../store/kinds.js";
import type { Step } from "./actions.js";
import { isResized, assertSizing } from "./computeSizes.js";
import type { PlanLimits } from "./plans.js";
import { Refusal } from "./refusals.js";

type RequestedCompute = BranchEndpointOptions & Partial<Omit<EndpointCreateRequest["endpoint"], "type" | "branch_id">>;

/** A compute as its creation answers it: `init`, on its way to `active`. What is not asked for comes from the project's defaults. */
export function createCompute(
  project: StoredProject,
  branchId: string,
  asked: RequestedCompute,
  at: string,
  ids: IdGenerator,
): StoredEndpoint {
  if (asked.region_id !== undefined && asked.region_id !== project.region_id)
    throw new Refusal("endpointRegion", { region: project.region_id });
  const defaults = project.default_endpoint_settings ?? {};
  const disabled = asked.disabled ?? false;
  const compute: StoredEndpoint = {
    id: ids.createEndpointId(),
    project_id: project.id,
    branch_id: branchId,
    region_id: project.region_id,
    type: asked.type,
    ...omitUndefined({ name: asked.name }),
    ...computeSizeRange(asked, defaults.autoscaling_limit_min_cu ?? 0.25, defaults.autoscaling_limit_max_cu ?? 0.25),
    current_state: disabled ? "idle" : "init",
    ...(!disabled && { pending_state: "active" }),
    settings: { ...(defaults.pg_settings && { pg_settings: defaults.pg_settings }), ...omitUndefined(asked.settings ?? {}) },
    pooler_enabled: asked.pooler_enabled ?? false,
    pooler_mode: asked.pooler_mode ?? "transaction",
    disabled,
    passwordless_access: asked.passwordless_access ?? true,
    creation_source: "console",
    created_at: at,
    updated_at: at,
    suspend_timeout_seconds: asked.suspend_timeout_seconds ?? defaults.suspend_timeout_seconds ?? 0,
    provisioner: asked.provisioner ?? project.provisioner,
  };
  assertConsistent(compute);
  return compute;
}

/** What is not sent keeps its value; a client may echo the whole compute. */
export function updateCompute(
  compute: StoredEndpoint,
  asked: EndpointUpdateRequest["endpoint"],
  limits: PlanLimits,
  at: string,
): StoredEndpoint {
  const { branch_id, settings, ...changes } = omitUndefined(asked);
  if (branch_id !== undefined && branch_id !== compute.branch_id) throw new Refusal("endpointMove");
  const changed = { ...compute, ...changes, settings: { ...compute.settings, ...omitUndefined(settings ?? {}) }, updated_at: at };
  assertConsistent(changed);
  if (isResized(compute, changed)) assertSizing(changed, limits);
  return changed;
}

/** A running compute takes a new configuration at once; an idle one is woken for it and suspended again. */
export function buildConfigureSteps(branchId: string, compute: StoredEndpoint | undefined): Step[] {
  if (!compute) return [{ action: "apply_config", branch_id: branchId }];
  const on = { branch_id: branchId, endpoint_id: compute.id };
  const idle = compute.current_state === "idle" && compute.pending_state === undefined;
  return [{ action: "apply_config", ...on }, ...(idle ? [{ action: "suspend_compute" as const, ...on }] : [])];
}

export const createStartStep = (compute: StoredEndpoint): Step => ({
  action: "start_compute",
  branch_id: compute.branch_id,
  endpoint_id: compute.id,
});
export const createSuspendStep = (compute: StoredEndpoint): Step => ({
  action: "suspend_compute",
  branch_id: compute.branch_id,
  endpoint_id: compute.id,
});
export const isActive = (compute: StoredEndpoint): boolean => compute.current_state === "active" || compute.pending_state === "active";

function computeSizeRange(asked: RequestedCompute, min: number, max: number) {
  const low = asked.autoscaling_limit_min_cu ?? Math.min(min, asked.autoscaling_limit_max_cu ?? min);
  return { autoscaling_limit_min_cu: low, autoscaling_limit_max_cu: asked.autoscaling_limit_max_cu ?? Math.max(max, low) };
}

function assertConsistent(compute: StoredEndpoint): void {
  if (compute.autoscaling_limit_min_cu > compute.autoscaling_limit_max_cu) throw new Refusal("computeUnits");
  const seconds = compute.suspend_timeout_seconds;
  if (seconds > 0 && seconds < 60) throw new Refusal("suspendTimeout");
}
