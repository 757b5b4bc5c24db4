import { z } from "zod";
import {
  EndpointCreateRequest,
  EndpointOperations,
  EndpointResponse,
  EndpointUpdateRequest,
  EndpointsResponse,
} from "@palisade/neon/contract/wire/endpoint";
import { changedCompute, configure, isActive, newCompute, start, suspend } from "../domain/computes.js";
import { mustBeSized } from "../domain/computeSizes.js";
import { limitsOf } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import type { StoredEndpoint } from "../store/kinds.js";
import { assertMayQueueStart } from "../services/customerKeys/looks.js";
import type { Tx } from "../store/store.js";
import type { Admitted } from "./access.js";
import { branchOf, computeOf, writerOf } from "./find.js";
import { type Call, route } from "./route.js";

export const computeRoutes = [
  route({
    method: "GET",
    path: "/projects/:project_id/endpoints",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: EndpointsResponse },
    handle: ({ tx, hosts, project }) => ({ endpoints: tx.list("endpoint", { where: { project: project.id } }).map(hosts.dress) }),
  }),
  route({
    method: "GET",
    path: "/projects/:project_id/branches/:branch_id/endpoints",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: EndpointsResponse },
    handle({ tx, hosts, project, params }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      return { endpoints: tx.list("endpoint", { where: { branch: branch.id } }).map(hosts.dress) };
    },
  }),
  route({
    method: "POST",
    path: "/projects/:project_id/endpoints",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: EndpointCreateRequest,
    answers: { 201: EndpointOperations },
    handle({ tx, hosts, mint, at, project, organization, body: { endpoint: asked }, enqueue }) {
      const branch = branchOf(tx, project.id, asked.branch_id);
      if (branch.current_state === "init") throw new Refusal("branchNotReady");
      if (asked.type === "read_write" && writerOf(tx, branch.id)) throw new Refusal("endpointExists", { branch: branch.id });
      const compute = newCompute(project, branch.id, asked, at, mint);
      mustBeSized(compute, limitsOf(organization));
      tx.put("endpoint", compute);
      return { endpoint: hosts.dress(compute), operations: enqueue(project.id, isActive(compute) ? [start(compute)] : []) };
    },
  }),
  route({
    method: "GET",
    path: "/projects/:project_id/endpoints/:endpoint_id",
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: EndpointResponse },
    handle: ({ tx, hosts, project, params }) => ({ endpoint: hosts.dress(computeOf(tx, project.id, params.endpoint_id)) }),
  }),
  route({
    method: "PATCH",
    path: "/projects/:project_id/endpoints/:endpoint_id",
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: EndpointUpdateRequest,
    answers: { 200: EndpointOperations },
    handle({ tx, hosts, at, project, organization, params, body, enqueue }) {
      const compute = computeOf(tx, project.id, params.endpoint_id);
      const changed = changedCompute(compute, body.endpoint, limitsOf(organization), at);
      const stops = changed.disabled && isActive(compute);
      const next = stops ? { ...changed, pending_state: "idle" } : changed;
      tx.put("endpoint", next);
      const steps = stops ? [suspend(next)] : configure(next.branch_id, next);
      return { endpoint: hosts.dress(next), operations: enqueue(project.id, steps) };
    },
  }),
  route({
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
      if (branchOf(tx, project.id, compute.branch_id).protected) throw new Refusal("endpointOfProtected", { branch: compute.branch_id });
      tx.drop("endpoint", compute.id);
      return { endpoint: hosts.dress(compute), operations: enqueue(project.id, isActive(compute) ? [suspend(compute)] : []) };
    },
  }),
  transition("start", (compute) => {
    if (compute.disabled) throw new Refusal("endpointDisabled", { endpoint: compute.id });
    return isActive(compute) ? undefined : { pending_state: "active", steps: [start(compute)] };
  }),
  transition("suspend", (compute) => (isActive(compute) ? { pending_state: "idle", steps: [suspend(compute)] } : undefined), {
    whenBusy(tx, { project_id, endpoint_id }) {
      const compute = tx.get("endpoint", endpoint_id);
      const isMoving = compute?.project_id === project_id && compute.pending_state !== undefined;
      return isMoving ? new Refusal("endpointInTransition") : undefined;
    },
  }),
  transition("restart", (compute) => {
    if (compute.disabled) throw new Refusal("endpointDisabled", { endpoint: compute.id });
    return { pending_state: "active", steps: [...(isActive(compute) ? [suspend(compute)] : []), start(compute)] };
  }),
];

type Verb = "start" | "suspend" | "restart";
type Transition = { pending_state: string; steps: ReturnType<typeof start>[] } | undefined;

/** A call without a body that moves a compute to another state; where it is there already, nothing is queued. */
function transition(
  verb: Verb,
  next: (compute: StoredEndpoint) => Transition,
  more: { whenBusy?: (tx: Tx, params: Readonly<Record<"project_id" | "endpoint_id", string>>) => Refusal | undefined } = {},
) {
  return route({
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
    }: Call<`/projects/:project_id/endpoints/:endpoint_id/${Verb}`, undefined, undefined> & Admitted["project"]) {
      const compute = computeOf(tx, project.id, params.endpoint_id);
      const { steps, pending_state } = next(compute) ?? { steps: [] };
      if (pending_state === undefined) return { endpoint: hosts.dress(compute), operations: [] };
      if (pending_state === "active") assertMayQueueStart(tx, project.id, clock.now());
      const moving = { ...compute, pending_state, updated_at: at };
      tx.put("endpoint", moving);
      return { endpoint: hosts.dress(moving), operations: enqueue(project.id, steps) };
    },
  });
}
