import { isHttpsUrl } from "@palisade/neon/contract/urls";
import { omitUndefined } from "@palisade/neon/contract/values";
import { AddJwksRequest, Jwks, JwksCreated, JwksList } from "@palisade/neon/contract/wire/jwks";
import { Refusal } from "../domain/refusals.js";
import { omit } from "../domain/values.js";
import { getBranch } from "./pathObjects.js";
import { defineRoute } from "./route.js";

const JWKS = "/projects/:project_id/jwks";

/** Stored and returned as at Neon; the plane verifies no token, because it has no Data API. */
export const jwksRoutes = [
  defineRoute({
    method: "GET",
    path: JWKS,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: JwksList },
    handle: ({ tx, project }) => ({ jwks: tx.list("jwks", { where: { project: project.id } }) }),
  }),
  defineRoute({
    method: "POST",
    path: JWKS,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: AddJwksRequest,
    answers: { 201: JwksCreated },
    handle({ tx, ids, at, project, body }) {
      if (!isHttpsUrl(body.jwks_url)) throw new Refusal("jwksUrl");
      if (body.branch_id !== undefined) getBranch(tx, project.id, body.branch_id);
      const jwks: Jwks = {
        id: ids.createUuid(),
        project_id: project.id,
        created_at: at,
        updated_at: at,
        ...(omitUndefined(omit(body, "skip_role_creation")) as Pick<AddJwksRequest, "jwks_url" | "provider_name">),
      };
      tx.put("jwks", jwks);
      return { jwks, operations: [] };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: `${JWKS}/:jwks_id`,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    answers: { 200: Jwks },
    handle({ tx, project, params }) {
      const jwks = tx.get("jwks", params.jwks_id);
      if (jwks?.project_id !== project.id) throw new Refusal("jwksNotFound");
      tx.remove("jwks", jwks.id);
      return jwks;
    },
  }),
];
