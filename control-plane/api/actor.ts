import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import { Refusal } from "../domain/refusals.js";
import type { Clock } from "../clock.js";
import { hashKey, isSameHash } from "../idGenerator.js";
import type { StoredApiKey } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** Whose key a call carries. A project's key acts as an editor of its organisation that sees one project. */
export type Actor =
  | { kind: "personal"; key: StoredApiKey; user: CurrentUser }
  | { kind: "organization"; key: StoredApiKey; orgId: string }
  | { kind: "project"; key: StoredApiKey; orgId: string; projectId: string };

/** `last_used_at` of a key is kept this fresh; more often would make every read a write. Milliseconds. */
const LAST_USED_MS = 60_000;

/** The owner of the key in an Authorization header. Throws `unauthenticated`. */
export function authenticate(tx: Tx, header: string | undefined): Actor {
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
  const actor = findOwner(tx, token);
  if (!actor) throw new Refusal("unauthenticated");
  return actor;
}

/** Whose key it is, if it is one. */
export function findOwner(tx: Tx, token: string): Actor | undefined {
  const hash = hashKey(token);
  const key = tx
    .list("api_key", { where: { key_prefix: hash.slice(0, 16) } })
    .find(({ id }) => isSameHash(tx.getSealed("api_key", String(id))?.hash ?? "", hash));
  return key && findActor(tx, key);
}

/** Whom a key that was shown before acts for now; nobody once it is revoked or its owner is gone. @param hash of the key */
export function findOwnerNow(tx: Tx, keyId: number, hash: string): Actor | undefined {
  const key = tx.get("api_key", String(keyId));
  return key && isSameHash(tx.getSealed("api_key", String(keyId))?.hash ?? "", hash) ? findActor(tx, key) : undefined;
}

export function noteUse(tx: Tx, { key }: Actor, clock: Clock, address: string): void {
  if (clock.now() - Date.parse(key.last_used_at ?? "1970-01-01") > LAST_USED_MS)
    tx.put("api_key", { ...key, last_used_at: clock.formatNow(), last_used_from_addr: address });
}

/** Rate limits and answers count by account, not by key. */
export const getAccountId = (actor: Actor): string => (actor.kind === "personal" ? actor.user.id : actor.orgId);

/** Whose the key is, as one text: `project/<id>` for a key of a project. */
export function formatOwner(actor: Actor): string {
  switch (actor.kind) {
    case "personal":
      return `user/${actor.user.id}`;
    case "organization":
      return `organization/${actor.orgId}`;
    case "project":
      return `project/${actor.projectId}`;
  }
}

/** The organisations an actor can see, in the order they were joined. */
export function listOrganizations(tx: Tx, actor: Actor): Organization[] {
  const ids =
    actor.kind === "personal" ? tx.list("member", { where: { user: actor.user.id } }).map((member) => member.org_id) : [actor.orgId];
  return ids.map((id) => tx.get("organization", id)).filter((organization) => organization !== undefined);
}

/** Organisation calls are not for keys of a project. */
export function getOrganization(tx: Tx, actor: Actor, orgId: string | undefined): Organization {
  if (actor.kind === "project") throw new Refusal("projectKeyLimited");
  const organization = listOrganizations(tx, actor).find(({ id }) => id === orgId);
  if (!organization) throw new Refusal("organizationNotFound");
  return organization;
}

/** A person says which organisation is meant; a key of an organisation has no choice. */
export function getRequestedOrgId(actor: Actor, asked: string | undefined): string {
  if (asked !== undefined) return asked;
  if (actor.kind === "personal") throw new Refusal("orgIdRequired");
  return actor.orgId;
}

export function getPerson(actor: Actor): CurrentUser {
  if (actor.kind !== "personal") throw new Refusal("personalKeyNeeded");
  return actor.user;
}

function findActor(tx: Tx, key: StoredApiKey): Actor | undefined {
  if (key.user_id !== undefined) {
    const user = tx.get("user", key.user_id);
    return user && { kind: "personal", key, user };
  }
  if (key.org_id === undefined) return undefined;
  if (key.project_id === undefined) return { kind: "organization", key, orgId: key.org_id };
  return { kind: "project", key, orgId: key.org_id, projectId: key.project_id };
}
