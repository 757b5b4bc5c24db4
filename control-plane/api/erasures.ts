import { z } from "zod";
import { type CertificateBody, ErasureResponse } from "@palisade/neon/contract/wire/erasure";
import { Refusal } from "../domain/refusals.js";
import { assertErasable, type ErasurePlan, previewErasure, performErasure, planErasure } from "../services/erasure.js";
import type { Tx } from "../store/store.js";
import type { Actor } from "./actor.js";
import { getBranch } from "./pathObjects.js";
import { flag } from "./paging.js";
import { AfterCommit, defineRoute } from "./route.js";

const Options = z.object({ with_copies: flag, dry_run: flag });
type Options = z.infer<typeof Options>;

/** The plane's own: erasing by destroying keys. Neon has no such call. */
export const erasureRoutes = [
  defineRoute({
    method: "POST",
    path: "/x-palisade/projects/:project_id/branches/:branch_id/erase",
    who: "project",
    least: "administrator",
    effect: "mutation",
    exclusive: true,
    query: Options,
    answers: { 200: ErasureResponse },
    handle({ tx, at, actor, project, params, query }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      return requestErasure(tx, planErasure(tx, { project, branch, withCopies: query.with_copies === "true" }), query, actor, at);
    },
  }),
  defineRoute({
    method: "POST",
    path: "/x-palisade/projects/:project_id/erase",
    who: "project",
    least: "administrator",
    effect: "mutation",
    exclusive: true,
    query: Options,
    answers: { 200: ErasureResponse },
    handle: ({ tx, at, actor, project, query }) =>
      requestErasure(tx, planErasure(tx, { project, branch: undefined, withCopies: true }), query, actor, at),
  }),
];

function requestErasure(tx: Tx, plan: ErasurePlan, options: Options, actor: Actor, at: string): AfterCommit {
  const isDryRun = options.dry_run === "true";
  if (!isDryRun) {
    assertErasable(plan);
    const { project, branches } = plan;
    tx.put("erasure", { org_id: project.org_id, project_id: project.id, branch_ids: branches, by: buildCaller(actor), asked_at: at });
  }
  return new AfterCommit(async ({ erasure }) => {
    if (!erasure) throw new Refusal("eraseNeedsPostgres");
    return { erasure: await (isDryRun ? previewErasure(erasure, plan) : performErasure(erasure, plan, { by: buildCaller(actor), at })) };
  });
}

const buildCaller = (actor: Actor): CertificateBody["by"] => {
  const id = actor.kind === "personal" ? actor.user.id : actor.kind === "organization" ? actor.orgId : actor.projectId;
  return { kind: actor.kind, id, api_key_id: actor.key.id };
};
