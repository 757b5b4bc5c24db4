import { z } from "zod";
import { TransferAcceptRequest, TransferCreateRequest, TransferRequest } from "@palisade/neon/contract/wire/transfer";
import { addSeconds } from "../clock.js";
import { buildConfigureSteps } from "../domain/computes.js";
import { getPlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { listUnsatisfiedLimits } from "../domain/transfer.js";
import { documentIdByKind, type StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { countBranches } from "../services/branches.js";
import { endAccessOfProject } from "../services/temporaryAccess.js";
import { findReadWriteCompute } from "./pathObjects.js";
import { defineRoute } from "./route.js";

const REQUESTS = "/projects/:project_id/transfer_requests";

/** A project moves to another organisation: an administrator of the one offers it, one of the other who was told the id takes it. */
export const transferRoutes = [
  defineRoute({
    method: "POST",
    path: REQUESTS,
    who: "project",
    least: "organizationAdministrator",
    effect: "mutation",
    body: TransferCreateRequest,
    answers: { 201: TransferRequest },
    /** One offer at a time: a new one ends the one before. */
    handle({ tx, ids, at, project, body: { ttl_seconds } }) {
      removeTransferRequests(tx, project.id);
      const request = { id: ids.createUuid(), project_id: project.id, created_at: at, expires_at: addSeconds(at, ttl_seconds) };
      tx.put("transfer_request", request);
      return request;
    },
  }),
  defineRoute({
    method: "PUT",
    path: `${REQUESTS}/:request_id`,
    // Who takes it cannot see the project yet: the id of the request is what admits.
    who: "chosenOrganization",
    least: "administrator",
    readOrganizationId: ({ body }) => body.org_id,
    effect: "mutation",
    body: TransferAcceptRequest,
    answers: { 204: z.undefined() },
    handle({ tx, at, params, organization, enqueue }) {
      const request = tx.get("transfer_request", params.request_id);
      const project = request && tx.get("project", request.project_id);
      const isOpen = request?.project_id === params.project_id && Date.parse(request.expires_at) > Date.parse(at);
      if (!project || !isOpen || project.deleted_at !== undefined || project.org_id === organization.id)
        throw new Refusal("transferRequestNotFound");
      const reasons = listUnsatisfiedLimits(computeTransferContents(tx, project, organization.id), getPlanLimits(organization));
      if (reasons.length > 0)
        throw new Refusal("transferUnsatisfied", { reasons: reasons.map(({ message }) => message).join("; ") }, undefined, { reasons });
      removeProjectAccess(tx, project.id);
      for (const branchId of endAccessOfProject(tx, project.id, at))
        enqueue(project.id, buildConfigureSteps(branchId, findReadWriteCompute(tx, branchId)));
      tx.put("project", { ...project, org_id: organization.id, owner_id: organization.id, updated_at: at });
      return undefined;
    },
  }),
];

function computeTransferContents(tx: Tx, project: StoredProject, orgId: string) {
  const { branches, roots, protected: protectedBranches } = countBranches(tx, project.id);
  return {
    projects: tx.count("project", { where: { org: orgId } }),
    historyRetentionSeconds: project.history_retention_seconds,
    allowedIps: project.settings?.allowed_ips?.ips?.length ?? 0,
    vpcRestrictions: tx.count("vpc_restriction", { where: { project: project.id } }),
    hipaa: project.settings?.hipaa === true,
    customerKey: tx.get("customer_managed_key", project.id) !== undefined,
    branches,
    rootBranches: roots,
    protectedBranches,
    sizings: [project.default_endpoint_settings ?? {}, ...tx.list("endpoint", { where: { project: project.id } })],
  };
}

/**
 * Access is not transferred: keys of the project, people it was shared with, roles of the former organisation's members, their
 * JWKS, and the credentials of its branches.
 */
function removeProjectAccess(tx: Tx, projectId: string): void {
  const where = { project: projectId };
  for (const kind of ["api_key", "project_permission", "project_role", "jwks"] as const)
    for (const each of tx.list(kind, { where })) tx.remove(kind, documentIdByKind[kind](each as never));
  for (const { id } of tx.list("branch", { where, deleted: "with" }))
    for (const { token_id } of tx.list("credential", { where: { branch: id } })) tx.remove("credential", token_id);
  removeTransferRequests(tx, projectId);
}

function removeTransferRequests(tx: Tx, projectId: string): void {
  for (const { id } of tx.list("transfer_request", { where: { project: projectId } })) tx.remove("transfer_request", id);
}
