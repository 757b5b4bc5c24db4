import type { z } from "zod";
import { listOtherTerms, normalizePerson, readApproval } from "@palisade/neon/contract/temporaryAccess";
import {
  TemporaryAccessGiven,
  TemporaryAccessList,
  TemporaryAccessRequest,
  TemporaryAccessResponse,
} from "@palisade/neon/contract/wire/temporaryAccess";
import { buildConfigureSteps } from "../domain/computes.js";
import { Refusal } from "../domain/refusals.js";
import { assertRoleNew, createRole } from "../domain/roles.js";
import { putRole } from "../services/roles.js";
import { assertEnd, assertSecondPerson, endAccess, findLatestAccess, toTemporaryAccess } from "../services/temporaryAccess.js";
import { formatRoleId, type StoredTemporaryAccess } from "../store/kinds.js";
import type { ApprovalVerifier } from "../planeContext.js";
import type { Tx } from "../store/store.js";
import type { Actor } from "./actor.js";
import { findReadWriteCompute, getBranch, getDatabase } from "./pathObjects.js";
import { defineRoute } from "./route.js";

const OF_BRANCH = "/x-palisade/projects/:project_id/branches/:branch_id/temporary_access";
const OF_ROLE = `${OF_BRANCH}/:role_name` as const;
const EXTENSION = "An extension of the embedded plane: Neon's API has no such call.";

/** Palisade extension: access to a branch that a second person approved, and that ends by itself. */
export const temporaryAccessRoutes = [
  defineRoute({
    method: "GET",
    path: OF_BRANCH,
    description: `${EXTENSION} Access to the branch, that which ended in the last 30 days included.`,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: TemporaryAccessList },
    handle: ({ tx, project, params }) => ({
      temporary_access: tx
        .list("temporary_access", { where: { branch: getBranch(tx, project.id, params.branch_id).id } })
        .map(toTemporaryAccess),
    }),
  }),
  defineRoute({
    method: "GET",
    path: OF_ROLE,
    description: `${EXTENSION} What the role has, or had last.`,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: TemporaryAccessResponse },
    handle({ tx, project, params }) {
      const access = findLatestAccess(tx, getBranch(tx, project.id, params.branch_id).id, params.role_name);
      if (!access) throw new Refusal("accessNotFound");
      return { temporary_access: toTemporaryAccess(access) };
    },
  }),
  defineRoute({
    method: "PUT",
    path: OF_ROLE,
    description: `${EXTENSION} Makes a role that has what the approval says, and ends when it says. The same approval again makes a new password of the same access, and nothing else; once that has ended, none.`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: TemporaryAccessRequest,
    answers: { 200: TemporaryAccessGiven },
    prepare: ({ verifyApproval, actor, params, body }) => proveApproval(verifyApproval, getEmail(actor), params, body),
    handle({ tx, ids, at, clock, project, params, prepared: { read, signer }, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const { approval } = read;
      assertEnd(approval.until, clock.now());
      getDatabase(tx, branch.id, approval.databaseName);
      const known = tx.get("temporary_access", approval.nonce);
      if (known && (known.ended_at !== undefined || known.branch_id !== branch.id))
        throw new Refusal("accessApprovalRefused", { reason: "it was used before" });
      if (!known) assertRoleFree(tx, branch.id, params.role_name);
      const made = createRole(branch.id, params.role_name, false, at, ids);
      // The password is told once, and kept nowhere.
      putRole(tx, { ...project, store_passwords: false }, made);
      const access = known ?? toStored(read.approval, signer, at);
      tx.put("temporary_access", access);
      return {
        temporary_access: toTemporaryAccess(access),
        password: made.password,
        operations: enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id))),
      };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: OF_ROLE,
    description: `${EXTENSION} Ends the access now: nobody logs in any more, sessions are closed, the role is dropped.`,
    who: "project",
    least: "editor",
    effect: "mutation",
    answers: { 200: TemporaryAccessGiven },
    handle({ tx, at, project, params, enqueue }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const access = findLatestAccess(tx, branch.id, params.role_name);
      if (!access) throw new Refusal("accessNotFound");
      if (access.ended_at !== undefined) return { temporary_access: toTemporaryAccess(access), operations: [] };
      endAccess(tx, access, "call", at);
      const operations = enqueue(project.id, buildConfigureSteps(branch.id, findReadWriteCompute(tx, branch.id)));
      return { temporary_access: toTemporaryAccess(tx.get("temporary_access", access.nonce) ?? access), operations };
    },
  }),
];

function assertRoleFree(tx: Tx, branchId: string, name: string): void {
  const count = tx.count("role", { where: { branch: branchId } });
  assertRoleNew(name, tx.get("role", formatRoleId(branchId, name)), count);
}

const getEmail = (actor: Actor): string | undefined => (actor.kind === "personal" ? actor.user.email : undefined);
const listSpellings = (name: string): string[] => [...new Set([name, normalizePerson(name)])];

/** Proves that somebody who may approve has signed all that is asked for. @throws Refusal accessApprovalRefused */
async function proveApproval(
  verify: ApprovalVerifier | undefined,
  callerEmail: string | undefined,
  params: { readonly project_id: string; readonly branch_id: string; readonly role_name: string },
  { temporary_access: asked }: z.output<typeof TemporaryAccessRequest>,
) {
  const refuse = (reason: string) => new Refusal("accessApprovalRefused", { reason });
  if (verify === undefined) throw refuse("this plane knows nobody who may approve (palisade dev --approvers)");
  const read = readApproval(asked.approval);
  if ("why" in read) throw refuse(read.why);
  const { database_name: databaseName, privileges, until, reason, requester } = asked;
  const place = { projectId: params.project_id, branchId: params.branch_id, roleName: params.role_name };
  const others = listOtherTerms(read.approval, { ...place, databaseName, privileges, until, reason, requester });
  if (others.length > 0) throw refuse(`it is of another ${others.join(", ")}`);
  const proved = await verify(
    read.text,
    read.signature,
    [requester, ...(callerEmail === undefined ? [] : [callerEmail])].flatMap(listSpellings),
  );
  if ("why" in proved) throw refuse(proved.why);
  assertSecondPerson([proved.signer, ...proved.isAlso], requester, callerEmail);
  return { read, signer: proved.signer };
}

function toStored(
  { nonce, projectId, branchId, roleName, databaseName, privileges, until, reason, requester, approvedAt }: ApprovalTerms,
  approver: string,
  at: string,
): StoredTemporaryAccess {
  const end = new Date(until).toISOString();
  return {
    ...{ nonce, project_id: projectId, branch_id: branchId, name: roleName, database_name: databaseName, privileges },
    ...{ until: end, reason, requester, approver, approved_at: approvedAt, created_at: at, expires_at: end },
  };
}

type ApprovalTerms = Exclude<ReturnType<typeof readApproval>, { why: string }>["approval"];
