import { ApiKeyCreateRequest, ApiKeys, CreatedApiKey, OrgApiKeyCreateRequest, RevokedApiKey } from "@palisade/neon/contract/wire/apiKey";
import { Refusal } from "../domain/refusals.js";
import { given, without } from "../domain/values.js";
import { addKey } from "../newKey.js";
import type { StoredKey } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { route } from "./route.js";

export const apiKeyRoutes = [
  route({
    method: "GET",
    path: "/api_keys",
    who: "person",
    least: "none",
    effect: "read",
    answers: { 200: ApiKeys },
    handle: ({ tx, user }) => tx.list("api_key", { where: { user: user.id } }).map(shown),
  }),
  route({
    method: "POST",
    path: "/api_keys",
    who: "person",
    least: "none",
    effect: "mutation",
    body: ApiKeyCreateRequest,
    answers: { 200: CreatedApiKey },
    handle: ({ tx, mint, at, user, body }) => created(addKey(tx, mint, { name: body.key_name, by: user, at, owner: { user_id: user.id } })),
  }),
  route({
    method: "DELETE",
    path: "/api_keys/:key_id",
    who: "person",
    least: "none",
    effect: "mutation",
    answers: { 200: RevokedApiKey },
    handle: ({ tx, user, params }) => revoke(tx, params.key_id, (key) => key.user_id === user.id),
  }),
  route({
    method: "GET",
    path: "/organizations/:org_id/api_keys",
    who: "organizationInPerson",
    least: "administrator",
    effect: "read",
    answers: { 200: ApiKeys },
    handle: ({ tx, organization }) => tx.list("api_key", { where: { org: organization.id } }).map(shown),
  }),
  route({
    method: "POST",
    path: "/organizations/:org_id/api_keys",
    who: "organizationInPerson",
    least: "administrator",
    effect: "mutation",
    body: OrgApiKeyCreateRequest,
    answers: { 200: CreatedApiKey },
    handle({ tx, mint, at, organization, user, body: { key_name, project_id } }) {
      if (project_id !== undefined) mustOwn(tx, organization.id, project_id);
      return created(addKey(tx, mint, { name: key_name, by: user, at, owner: { org_id: organization.id, ...given({ project_id }) } }));
    },
  }),
  route({
    method: "DELETE",
    path: "/organizations/:org_id/api_keys/:key_id",
    who: "organizationInPerson",
    least: "administrator",
    effect: "mutation",
    answers: { 200: RevokedApiKey },
    handle: ({ tx, organization, params }) => revoke(tx, params.key_id, (key) => key.org_id === organization.id),
  }),
];

function created({ key, text }: { key: StoredKey; text: string }) {
  const { id, name, created_at, created_by, project_id } = key;
  return { id, key: text, name, created_at, created_by: created_by.id, ...given({ project_id }) };
}

const shown = (key: StoredKey) => without(key, "user_id", "org_id");

function revoke(tx: Tx, keyId: string, mine: (key: StoredKey) => boolean) {
  const key = tx.get("api_key", keyId);
  if (!key || !mine(key)) throw new Refusal("apiKeyNotFound");
  tx.drop("api_key", keyId);
  const { created_by, ...rest } = shown(key);
  return { ...rest, created_by: created_by.id, revoked: true };
}

function mustOwn(tx: Tx, orgId: string, projectId: string): void {
  const project = tx.get("project", projectId);
  if (project?.org_id !== orgId || project.deleted_at !== undefined) throw new Refusal("projectNotFound");
}
