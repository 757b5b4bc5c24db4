import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import { Refusal } from "../domain/refusals.js";
import { hashOf, sameHash } from "../mint.js";
import type { StoredKey, StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";

/** Whose key a call carries. A project's key acts as a member of its organisation that sees one project. */
export type Actor =
  | { kind: "personal"; key: StoredKey; user: CurrentUser }
  | { kind: "organization"; key: StoredKey; orgId: string }
  | { kind: "project"; key: StoredKey; orgId: string; projectId: string };

/** What a handler is given when its caller is admitted. */
export interface Admitted {
  /** Any valid key. */
  anyone: object;
  /** A personal key. */
  person: { user: CurrentUser };
  /** A member of the organisation of the path, or a key of the organisation itself. */
  member: { organization: Organization };
  /** An administrator of the organisation of the path, with a personal key: only people make keys. */
  administrator: { organization: Organization; user: CurrentUser };
  /** An administrator of the organisation of the path, or a key of the organisation itself. */
  organizationAdministrator: { organization: Organization };
  /** Who can see the project of the path. */
  project: { project: StoredProject; organization: Organization };
  /** The same, but nobody whom the project is only shared with. */
  projectInsider: { project: StoredProject; organization: Organization };
  /** Who may end the project of the path: no member below administrator, no key of the project itself. */
  projectAdministrator: { project: StoredProject; organization: Organization };
  /** The same, for a project that may be deleted. */
  recoverer: { project: StoredProject; organization: Organization };
  /** The administrator of the plane: for the test hooks. */
  plane: object;
}
export type Who = keyof Admitted;

interface Entry {
  tx: Tx;
  actor: Actor;
  params: Readonly<Record<string, string>>;
  adminId: string;
}

/** Refuses the call, or says what it is admitted to. What a caller cannot see is answered like what is not there. */
export const ADMIT: { readonly [W in Who]: (entry: Entry) => Admitted[W] } = {
  anyone: () => ({}),
  person: ({ actor }) => ({ user: personOf(actor) }),
  member: ({ tx, actor, params }) => ({ organization: organizationOf(tx, actor, params.org_id) }),
  administrator: ({ tx, actor, params }) => {
    const organization = organizationOf(tx, actor, params.org_id);
    const user = personOf(actor);
    mustAdminister(tx, actor, organization.id);
    return { organization, user };
  },
  organizationAdministrator: ({ tx, actor, params }) => {
    const organization = organizationOf(tx, actor, params.org_id);
    mustAdminister(tx, actor, organization.id);
    return { organization };
  },
  project: ({ tx, actor, params }) => projectOf(tx, actor, params.project_id, "live"),
  projectInsider: ({ tx, actor, params }) => {
    const found = projectOf(tx, actor, params.project_id, "live");
    if (!organizationsOf(tx, actor).some(({ id }) => id === found.organization.id)) throw new Refusal("memberNeeded");
    return found;
  },
  projectAdministrator: ({ tx, actor, params }) => {
    const found = projectOf(tx, actor, params.project_id, "live");
    mustAdminister(tx, actor, found.organization.id);
    return found;
  },
  recoverer: ({ tx, actor, params }) => {
    const found = projectOf(tx, actor, params.project_id, "deleted or live");
    mustAdminister(tx, actor, found.organization.id);
    return found;
  },
  plane: ({ actor, adminId }) => {
    if (personOf(actor).id !== adminId) throw new Refusal("adminNeeded");
    return {};
  },
};

/** What a call does, as far as it matters to who may only look. */
export interface Demand {
  who: Who;
  effect: "read" | "mutation";
  /** The answer holds a password or another secret. */
  reveals?: true;
}

/** Admits the caller, and not to more than looking whoever is a viewer. */
export function admit({ who, effect, reveals }: Demand, entry: Entry): object {
  const admitted: Partial<Admitted["project"]> = ADMIT[who](entry);
  const { project, organization } = admitted;
  if ((effect === "mutation" || reveals) && organization) mustDoMoreThanLook(entry, organization.id, project?.id);
  return admitted;
}

/** The role for the project outranks the one in the organisation, but an administrator's. Keys of projects and organisations work in them. */
export function mustDoMoreThanLook({ tx, actor }: Pick<Entry, "tx" | "actor">, orgId: string, projectId?: string): void {
  if (actor.kind !== "personal") return;
  const member = tx.list("member", { where: { user: actor.user.id } }).find((membership) => membership.org_id === orgId);
  if (!member || member.role === "admin") return;
  const own = projectId === undefined ? undefined : tx.get("project_role", `${projectId}/${member.id}`)?.role;
  if ((own ?? member.role) === "viewer") throw new Refusal("editorNeeded");
}

/** The owner of the key in an Authorization header. Throws `unauthenticated`. */
export function authenticate(tx: Tx, header: string | undefined): Actor {
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(header ?? "") ?? [];
  const hash = hashOf(token);
  const key = tx
    .list("api_key", { where: { key_prefix: hash.slice(0, 16) } })
    .find(({ id }) => sameHash(tx.sealed("api_key", String(id))?.hash ?? "", hash));
  const actor = key && actorOf(tx, key);
  if (!actor) throw new Refusal("unauthenticated");
  return actor;
}

/** Rate limits and answers count by account, not by key. */
export const accountOf = (actor: Actor): string => (actor.kind === "personal" ? actor.user.id : actor.orgId);

/** The organisations an actor can see, in the order they were joined. */
export function organizationsOf(tx: Tx, actor: Actor): Organization[] {
  const ids =
    actor.kind === "personal" ? tx.list("member", { where: { user: actor.user.id } }).map((member) => member.org_id) : [actor.orgId];
  return ids.map((id) => tx.get("organization", id)).filter((organization) => organization !== undefined);
}

/** Organisation calls are not for keys of a project. */
export function organizationOf(tx: Tx, actor: Actor, orgId: string | undefined): Organization {
  if (actor.kind === "project") throw new Refusal("projectKeyLimited");
  const organization = organizationsOf(tx, actor).find(({ id }) => id === orgId);
  if (!organization) throw new Refusal("organizationNotFound");
  return organization;
}

export function personOf(actor: Actor): CurrentUser {
  if (actor.kind !== "personal") throw new Refusal("personalKeyNeeded");
  return actor.user;
}

function projectOf(tx: Tx, actor: Actor, id: string | undefined, state: "live" | "deleted or live") {
  const project = id === undefined ? undefined : tx.get("project", id);
  const seen = organizationsOf(tx, actor).find((each) => each.id === project?.org_id);
  const organization = seen ?? (project && isSharedWith(tx, actor, project.id) ? tx.get("organization", project.owner_id) : undefined);
  const foreign = actor.kind === "project" && actor.projectId !== id;
  if (!project || !organization || foreign) throw new Refusal("projectNotFound");
  if (project.deleted_at !== undefined && state === "live") throw new Refusal("projectNotFound");
  return { project, organization };
}

/** Whether the caller can see this project. */
export function sees(tx: Tx, actor: Actor, projectId: string): boolean {
  try {
    projectOf(tx, actor, projectId, "live");
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** A project can be shared with a person outside of its organisation, who then works in it and administers nothing. */
const isSharedWith = (tx: Tx, actor: Actor, projectId: string): boolean =>
  actor.kind === "personal" &&
  tx.list("project_permission", { where: { project: projectId } }).some((permission) => permission.granted_to_email === actor.user.email);

export function mustAdminister(tx: Tx, actor: Actor, orgId: string): void {
  if (actor.kind === "project") throw new Refusal("projectKeyLimited");
  if (actor.kind === "organization") return;
  const member = tx.list("member", { where: { user: actor.user.id } }).find((membership) => membership.org_id === orgId);
  if (member?.role !== "admin") throw new Refusal("adminNeeded");
}

function actorOf(tx: Tx, key: StoredKey): Actor | undefined {
  if (key.user_id !== undefined) {
    const user = tx.get("user", key.user_id);
    return user && { kind: "personal", key, user };
  }
  if (key.org_id === undefined) return undefined;
  if (key.project_id === undefined) return { kind: "organization", key, orgId: key.org_id };
  return { kind: "project", key, orgId: key.org_id, projectId: key.project_id };
}
