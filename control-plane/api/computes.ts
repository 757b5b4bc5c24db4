import { z } from "zod";
import {
  EndpointCreateRequest,
  EndpointOperations,
  EndpointResponse,
  EndpointUpdateRequest,
  EndpointsResponse,
} from "@palisade/neon/contract/wire/endpoint";
import { updateCompute, buildConfigureSteps, isActive, createCompute, createStartStep, createSuspendStep } from "../domain/computes.js";
import { assertSizing } from "../domain/computeSizes.js";
import { getPlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import type { StoredEndpoint } from "../store/kinds.js";
import { assertMayQueueStart } from "../services/customerKeys/keyChecks.js";
import type { Tx } from "../store/store.js";
import type { AdmissionContext } from "./access.js";
import { getBranch, getCompute, findReadWriteCompute } from "./pathObjects.js";
import { type Call, defineRoute } from "./route.js";

export const computeRoutes = [
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/endpoints",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: EndpointsResponse },
    handle: ({ tx, hosts, project }) => ({ endpoints: tx.list("endpoint", { where: { project: project.id } }).map(hosts.toEndpoint) }),
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/branches/:branch_id/endpoints",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: EndpointsResponse },
    handle({ tx, hosts, project, params }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      return { endpoints: tx.list("endpoint", { where: { branch: branch.id } }).map(hosts.toEndpoint) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects/:project_id/endpoints",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: EndpointCreateRequest,
    answers: { 201: EndpointOperations },
    handle({ tx, hosts, ids, at, project, organization, body: { endpoint: asked }, enqueue }) {
      const branch = getBranch(tx, project.id, asked.branch_id);
      if (branch.current_state === "init") throw new Refusal("branchNotReady");
      if (asked.type === "read_write" && findReadWriteCompute(tx, branch.id)) throw new Refusal("endpointExists", { branch: branch.id });
      const compute = createCompute(project, branch.id, asked, at, ids);
      assertSizing(compute, getPlanLimits(organization));
      tx.put("endpoint", compute);
      return { endpoint: hosts.toEndpoint(compute), operations: enqueue(project.id, isActive(compute) ? [createStartStep(compute)] : []) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:project_id/endpoints/:endpoint_id",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: EndpointResponse },
    handle: ({ tx, hosts, project, params }) => ({ endpoint: hosts.toEndpoint(getCompute(tx, project.id, params.endpoint_id)) }),
  }),
  defineRoute({
    method: "PATCH",
    path: "/projects/:project_id/endpoints/:endpoint_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: EndpointUpdateRequest,
    answers: { 200: EndpointOperations },
    handle({ tx, hosts, at, project, organization, params, body, enqueue }) {
      const compute = getCompute(tx, project.id, params.endpoint_id);
      const changed = updateCompute(compute, body.endpoint, getPlanLimits(organization), at);
      const stops = changed.disabled && isActive(compute);
      const next = stops ? { ...changed, pending_state: "idle" } : changed;
      tx.put("endpoint", next);
      const steps = stops ? [createSuspendStep(next)] : buildConfigureSteps(next.branch_id, next);
      return { endpoint: hosts.toEndpoint(next), operations: enqueue(project.id, steps) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/projects/:project_id/endpoints/:endpoint_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: EndpointOperations, 204: z.undefined() },
    handle({ tx, hosts, project, params, enqueue }) {
      const compute = tx.get("endpoint", params.endpoint_id);
      if (compute?.project_id !== project.id) return undefined;
      if (getBranch(tx, project.id, compute.branch_id).protected) throw new Refusal("endpointOfProtected", { branch: compute.branch_id });
      tx.remove("endpoint", compute.id);
      return {
        endpoint: hosts.toEndpoint(compute),
        operations: enqueue(project.id, isActive(compute) ? [createSuspendStep(compute)] : []),
      };
    },
  }),
  createTransitionRoute("start", (compute) => {
    if (compute.disabled) throw new Refusal("endpointDisabled", { endpoint: compute.id });
    return isActive(compute) ? undefined : { pending_state: "active", steps: [createStartStep(compute)] };
  }),
  createTransitionRoute(
    "suspend",
    (compute) => (isActive(compute) ? { pending_state: "idle", steps: [createSuspendStep(compute)] } : undefined),
    {
      whenBusy(tx, { project_id, endpoint_id }) {
        const compute = tx.get("endpoint", endpoint_id);
        const isMoving = compute?.project_id === project_id && compute.pending_state !== undefined;
        return isMoving ? new Refusal("endpointInTransition") : undefined;
      },
    },
  ),
  createTransitionRoute("restart", (compute) => {
    if (compute.disabled) throw new Refusal("endpointDisabled", { endpoint: compute.id });
    return { pending_state: "active", steps: [...(isActive(compute) ? [createSuspendStep(compute)] : []), createStartStep(compute)] };
  }),
];

type TransitionVerb = "start" | "suspend" | "restart";
type Transition = { pending_state: string; steps: ReturnType<typeof createStartStep>[] } | undefined;

/** A call without a body that moves a compute to another state; where it is there already, nothing is queued. */
function createTransitionRoute(
  verb: TransitionVerb,
  next: (compute: StoredEndpoint) => Transition,
  more: { whenBusy?: (tx: Tx, params: Readonly<Record<"project_id" | "endpoint_id", string>>) => Refusal | undefined } = {},
) {
  return defineRoute({
    ...more,
    method: "POST",
    path: `/projects/:project_id/endpoints/:endpoint_id/${verb}` as const,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: EndpointOperations },
    handle({
      tx,
      hosts,
      clock,
      at,
      project,
      params,
      enqueue,
    }: Call<`/projects/:project_id/endpoints/:endpoint_id/${TransitionVerb}`, undefined, undefined> & AdmissionContext["project"]) {
      const compute = getCompute(tx, project.id, params.endpoint_id);
      const { steps, pending_state } = next(compute) ?? { steps: [] };
      if (pending_state === undefined) return { endpoint: hosts.toEndpoint(compute), operations: [] };
      if (pending_state === "active") assertMayQueueStart(tx, project.id, clock.now());
      const moving = { ...compute, pending_state, updated_at: at };
      tx.put("endpoint", moving);
      return { endpoint: hosts.toEndpoint(moving), operations: enqueue(project.id, steps) };
    },
  });
}
