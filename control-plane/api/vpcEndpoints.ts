import { z } from "zod";
import {
  VpcEndpointAssignment,
  VpcEndpointDetails,
  VpcEndpointsResponse,
  VpcEndpointsWithRegionResponse,
} from "@palisade/neon/contract/wire/vpcEndpoint";
import { Refusal } from "../domain/refusals.js";
import { computeAcceptanceState, assertRegion, assertPrivateNetworking, toWireState } from "../domain/vpc.js";
import { getAssignedEndpoint, assignEndpoint, listRestrictedProjects } from "../services/vpcEndpoints.js";
import { formatVpcEndpointKey } from "../store/kinds.js";
import { defineRoute } from "./route.js";

const OF_ORGANIZATION = "/organizations/:org_id/vpc/region/:region_id/vpc_endpoints";
const ASSIGNED = `${OF_ORGANIZATION}/:vpc_endpoint_id` as const;
const OF_PROJECT = "/projects/:project_id/vpc_endpoints";
const RESTRICTED = `${OF_PROJECT}/:vpc_endpoint_id` as const;

/** Two levels: an organisation assigns an endpoint in a region, a project may admit only some of those. */
export const vpcEndpointRoutes = [
  defineRoute({
    method: "GET",
    path: "/organizations/:org_id/vpc/vpc_endpoints",
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: VpcEndpointsWithRegionResponse },
    handle: ({ tx, organization }) => ({
      endpoints: tx
        .list("vpc_endpoint", { where: { org: organization.id } })
        .map(({ vpc_endpoint_id, label, region_id }) => ({ vpc_endpoint_id, label, region_id })),
    }),
  }),
  defineRoute({
    method: "GET",
    path: OF_ORGANIZATION,
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: VpcEndpointsResponse },
    handle({ tx, organization, params: { region_id: region } }) {
      assertRegion(region);
      return { endpoints: tx.list("vpc_endpoint", { where: { org: organization.id, region } }).map(toVpcEndpoint) };
    },
  }),
  defineRoute({
    method: "GET",
    path: ASSIGNED,
    who: "organization",
    least: "viewer",
    effect: "read",
    answers: { 200: VpcEndpointDetails },
    handle({ tx, clock, operationTimeMs, organization, params }) {
      const endpoint = getAssignedEndpoint(tx, organization.id, params.region_id, params.vpc_endpoint_id);
      const projects = listRestrictedProjects(tx, organization.id, endpoint);
      const state = toWireState(computeAcceptanceState(endpoint, clock.now(), operationTimeMs));
      const { outcome, link_id } = endpoint;
      return {
        ...toVpcEndpoint(endpoint),
        state,
        ...((state === "rejected" || state === "failed") && outcome?.reason !== undefined && { reason: outcome.reason }),
        ...(state === "accepted" && link_id !== undefined && { azure_link_id: link_id }),
        num_restricted_projects: projects.length,
        example_restricted_projects: projects.slice(0, 3),
      };
    },
  }),
  defineRoute({
    method: "POST",
    path: ASSIGNED,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    body: VpcEndpointAssignment,
    answers: { 200: z.undefined() },
    handle({ tx, at, organization, params: { region_id, vpc_endpoint_id }, body: { label } }) {
      assignEndpoint(tx, { organization, regionId: region_id, endpointId: vpc_endpoint_id, label, at });
      return undefined;
    },
  }),
  defineRoute({
    method: "DELETE",
    path: ASSIGNED,
    who: "organization",
    least: "administrator",
    effect: "mutation",
    answers: { 200: z.undefined() },
    handle({ tx, at, organization, params }) {
      const endpoint = getAssignedEndpoint(tx, organization.id, params.region_id, params.vpc_endpoint_id);
      // Else a project whose only restriction it is would admit every endpoint of the organisation.
      const projects = listRestrictedProjects(tx, organization.id, endpoint);
      if (projects.length > 0) throw new Refusal("vpcEndpointInUse", { projects: projects.slice(0, 3).join(", ") });
      tx.put("vpc_endpoint", { ...endpoint, deleted_at: at });
      return undefined;
    },
  }),
  defineRoute({
    method: "GET",
    path: OF_PROJECT,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: VpcEndpointsResponse },
    handle: ({ tx, project }) => ({ endpoints: tx.list("vpc_restriction", { where: { project: project.id } }).map(toVpcEndpoint) }),
  }),
  defineRoute({
    method: "POST",
    path: RESTRICTED,
    who: "project",
    least: "organizationAdministrator",
    effect: "mutation",
    body: VpcEndpointAssignment,
    answers: { 200: z.undefined() },
    handle({ tx, organization, project, params: { vpc_endpoint_id }, body: { label } }) {
      assertPrivateNetworking(organization, project.region_id);
      const assigned = tx.get("vpc_endpoint", formatVpcEndpointKey(organization.id, project.region_id, vpc_endpoint_id));
      if (!assigned || assigned.deleted_at !== undefined) throw new Refusal("vpcEndpointNotAssigned", { endpoint: vpc_endpoint_id });
      tx.put("vpc_restriction", { project_id: project.id, vpc_endpoint_id, label });
      return undefined;
    },
  }),
  defineRoute({
    method: "DELETE",
    path: RESTRICTED,
    who: "project",
    least: "organizationAdministrator",
    effect: "mutation",
    answers: { 200: z.undefined() },
    handle({ tx, project, params }) {
      const id = `${project.id}/${params.vpc_endpoint_id}`;
      if (!tx.get("vpc_restriction", id)) throw new Refusal("vpcEndpointNotFound");
      tx.remove("vpc_restriction", id);
      return undefined;
    },
  }),
];

const toVpcEndpoint = ({ vpc_endpoint_id, label }: { vpc_endpoint_id: string; label: string }) => ({ vpc_endpoint_id, label });
