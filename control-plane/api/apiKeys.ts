import { omitUndefined } from "@palisade/neon/contract/values";
import { ApiKeyCreateRequest, ApiKeys, CreatedApiKey, OrgApiKeyCreateRequest, RevokedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { Refusal } from "../domain/refusals.js";
import { omit } from "../domain/values.js";
import { addApiKey } from "../addApiKey.js";
import type { StoredApiKey } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { defineRoute } from "./route.js";

export const apiKeyRoutes = [
  defineRoute({
    method: "GET",
    path: "/api_keys",
    who: "person",
    least: "none",
    effect: "read",
    answers: { 200: ApiKeys },
    handle: ({ tx, user }) => tx.list("api_key", { where: { user: user.id } }).map(toApiKey),
  }),
  defineRoute({
    method: "POST",
    path: "/api_keys",
    who: "person",
    least: "none",
    effect: "mutation",
    body: ApiKeyCreateRequest,
    answers: { 200: CreatedApiKey },
    handle: ({ tx, ids, at, user, body }) =>
      toCreatedApiKey(addApiKey(tx, ids, { name: body.key_name, by: user, at, owner: { user_id: user.id } })),
  }),
  defineRoute({
    method: "DELETE",
    path: "/api_keys/:key_id",
    who: "person",
    least: "none",
    effect: "mutation",
    answers: { 200: RevokedApiKey },
    handle: ({ tx, user, params }) => revokeKey(tx, params.key_id, (key) => key.user_id === user.id),
  }),
  defineRoute({
    method: "GET",
    path: "/organizations/:org_id/api_keys",
    who: "organizationInPerson",
    least: "administrator",
    effect: "read",
    answers: { 200: ApiKeys },
    handle: ({ tx, organization }) => tx.list("api_key", { where: { org: organization.id } }).map(toApiKey),
  }),
  defineRoute({
    method: "POST",
    path: "/organizations/:org_id/api_keys",
    who: "organizationInPerson",
    least: "administrator",
    effect: "mutation",
    body: OrgApiKeyCreateRequest,
    answers: { 200: CreatedApiKey },
    handle({ tx, ids, at, organization, user, body: { key_name, project_id } }) {
      if (project_id !== undefined) assertProjectOwned(tx, organization.id, project_id);
      return toCreatedApiKey(
        addApiKey(tx, ids, { name: key_name, by: user, at, owner: { org_id: organization.id, ...omitUndefined({ project_id }) } }),
      );
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/organizations/:org_id/api_keys/:key_id",
    who: "organizationInPerson",
    least: "administrator",
    effect: "mutation",
    answers: { 200: RevokedApiKey },
    handle: ({ tx, organization, params }) => revokeKey(tx, params.key_id, (key) => key.org_id === organization.id),
  }),
];

function toCreatedApiKey({ key, text }: { key: StoredApiKey; text: string }) {
  const { id, name, created_at, created_by, project_id } = key;
  return { id, key: text, name, created_at, created_by: created_by.id, ...omitUndefined({ project_id }) };
}

const toApiKey = (key: StoredApiKey) => omit(key, "user_id", "org_id");

function revokeKey(tx: Tx, keyId: string, mine: (key: StoredApiKey) => boolean) {
  const key = tx.get("api_key", keyId);
  if (!key || !mine(key)) throw new Refusal("apiKeyNotFound");
  tx.remove("api_key", keyId);
  const { created_by, ...rest } = toApiKey(key);
  return { ...rest, created_by: created_by.id, revoked: true };
}

function assertProjectOwned(tx: Tx, orgId: string, projectId: string): void {
  const project = tx.get("project", projectId);
  if (project?.org_id !== orgId || project.deleted_at !== undefined) throw new Refusal("projectNotFound");
}
