import { z } from "zod";
import { omitUndefined } from "@palisade/neon/contract/values";
import {
  CreatedCredential,
  CredentialCreateRequest,
  CredentialSecret,
  CredentialsResponse,
  RotatedCredential,
} from "@palisade/neon/contract/wire/credential";
import { Refusal } from "../domain/refusals.js";
import { omit } from "../domain/values.js";
import type { StoredCredential } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { getBranch } from "./pathObjects.js";
import { defineRoute } from "./route.js";

const CREDENTIALS = "/projects/:project_id/branches/:branch_id/credentials";
const CREDENTIAL = `${CREDENTIALS}/:token_id` as const;

/** Stored and returned as at Neon; they grant nothing here, because the plane has no storage, no functions and no AI gateway. */
export const credentialRoutes = [
  defineRoute({
    method: "GET",
    path: CREDENTIALS,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: CredentialsResponse },
    handle({ tx, project, params }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      return { credentials: tx.list("credential", { where: { branch: branch.id } }).map(toCredential) };
    },
  }),
  defineRoute({
    method: "POST",
    path: CREDENTIALS,
    who: "project",
    least: "editor",
    effect: "mutation",
    body: CredentialCreateRequest,
    answers: { 201: CreatedCredential },
    handle({ tx, ids, at, project, params, body: { name, scopes, principal_type } }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      const token_id = ids.createCredentialId();
      const credential: StoredCredential = {
        token_id,
        token_id_short: shortenTokenId(token_id),
        scopes,
        principal_type,
        created_at: at,
        project_id: project.id,
        branch_id: branch.id,
        ...omitUndefined({ name }),
      };
      const secrets = ids.createCredentialSecrets();
      tx.put("credential", credential, secrets);
      return { ...omit(toCredential(credential), "principal_type"), ...secrets };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: CREDENTIAL,
    who: "project",
    least: "editor",
    effect: "mutation",
    answers: { 204: z.undefined() },
    handle({ tx, project, params }) {
      tx.remove("credential", getCredential(tx, project.id, params).token_id);
      return undefined;
    },
  }),
  defineRoute({
    method: "POST",
    path: `${CREDENTIAL}/reveal`,
    who: "project",
    least: "editor",
    effect: "reveal",
    answers: { 200: CredentialSecret },
    handle({ tx, project, params }) {
      const { token_id } = getCredential(tx, project.id, params);
      return { token_id, ...tx.getSealed("credential", token_id) };
    },
  }),
  defineRoute({
    method: "POST",
    path: `${CREDENTIAL}/rotate`,
    who: "project",
    least: "editor",
    effect: "mutation",
    answers: { 200: RotatedCredential },
    /** Invalidates the old secrets. */
    handle({ tx, ids, project, params }) {
      const credential = getCredential(tx, project.id, params);
      const secrets = ids.createCredentialSecrets();
      tx.put("credential", credential, secrets);
      return { ...toCredential(credential), ...secrets };
    },
  }),
];

const toCredential = (credential: StoredCredential) => omit(credential, "project_id");
/** The first twelve of the hexadecimal digits. */
const shortenTokenId = (tokenId: string): string => tokenId.slice(tokenId.lastIndexOf("_") + 1).slice(0, 12);

/** Of this branch: Neon's reveal asks for the project only. */
function getCredential(tx: Tx, projectId: string, { branch_id, token_id }: { branch_id: string; token_id: string }): StoredCredential {
  const branch = getBranch(tx, projectId, branch_id);
  const credential = tx.get("credential", token_id);
  if (credential?.branch_id !== branch.id) throw new Refusal("credentialNotFound");
  return credential;
}
