import { z } from "zod";
import {
  CreatedCredential,
  CredentialCreateRequest,
  CredentialSecret,
  CredentialsResponse,
  RotatedCredential,
} from "@palisade/neon/contract/wire/credential";
import { Refusal } from "../domain/refusals.js";
import { given, without } from "../domain/values.js";
import type { StoredCredential } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { branchOf } from "./find.js";
import { route } from "./route.js";

const CREDENTIALS = "/projects/:project_id/branches/:branch_id/credentials";
const CREDENTIAL = `${CREDENTIALS}/:token_id` as const;

/** Kept and shown as Neon does; they open nothing here, because the plane has no storage, no functions and no AI gateway. */
export const credentialRoutes = [
  route({
    method: "GET",
    path: CREDENTIALS,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: CredentialsResponse },
    handle({ tx, project, params }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      return { credentials: tx.list("credential", { where: { branch: branch.id } }).map(shown) };
    },
  }),
  route({
    method: "POST",
    path: CREDENTIALS,
    who: "project",
    least: "editor",
    effect: "mutation",
    body: CredentialCreateRequest,
    answers: { 201: CreatedCredential },
    handle({ tx, mint, at, project, params, body: { name, scopes, principal_type } }) {
      const branch = branchOf(tx, project.id, params.branch_id);
      const token_id = mint.credentialId();
      const credential: StoredCredential = {
        ...{
          token_id,
          token_id_short: shortOf(token_id),
          scopes,
          principal_type,
          created_at: at,
          project_id: project.id,
          branch_id: branch.id,
        },
        ...given({ name }),
      };
      const secrets = mint.credentialSecrets();
      tx.put("credential", credential, secrets);
      return { ...without(shown(credential), "principal_type"), ...secrets };
    },
  }),
  route({
    method: "DELETE",
    path: CREDENTIAL,
    who: "project",
    least: "editor",
    effect: "mutation",
    answers: { 204: z.undefined() },
    handle({ tx, project, params }) {
      tx.drop("credential", credentialOf(tx, project.id, params).token_id);
      return undefined;
    },
  }),
  route({
    method: "POST",
    path: `${CREDENTIAL}/reveal`,
    who: "project",
    least: "editor",
    effect: "reveal",
    answers: { 200: CredentialSecret },
    handle({ tx, project, params }) {
      const { token_id } = credentialOf(tx, project.id, params);
      return { token_id, ...tx.sealed("credential", token_id) };
    },
  }),
  route({
    method: "POST",
    path: `${CREDENTIAL}/rotate`,
    who: "project",
    least: "editor",
    effect: "mutation",
    answers: { 200: RotatedCredential },
    /** The old secrets are gone with this call. */
    handle({ tx, mint, project, params }) {
      const credential = credentialOf(tx, project.id, params);
      const secrets = mint.credentialSecrets();
      tx.put("credential", credential, secrets);
      return { ...shown(credential), ...secrets };
    },
  }),
];

const shown = (credential: StoredCredential) => without(credential, "project_id");
/** The first twelve of the hexadecimal digits. */
const shortOf = (tokenId: string): string => tokenId.slice(tokenId.lastIndexOf("_") + 1).slice(0, 12);

/** Of this branch: Neon's reveal asks for the project only. */
function credentialOf(tx: Tx, projectId: string, { branch_id, token_id }: { branch_id: string; token_id: string }): StoredCredential {
  const branch = branchOf(tx, projectId, branch_id);
  const credential = tx.get("credential", token_id);
  if (credential?.branch_id !== branch.id) throw new Refusal("credentialNotFound");
  return credential;
}
