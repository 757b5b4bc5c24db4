import type { CurrentUser, Organization } from "@palisade/neon/contract/wire/account";
import { Refusal } from "../domain/refusals.js";
import type { StoredProject } from "../store/kinds.js";
import type { Tx } from "../store/store.js";
import { type Actor, getRequestedOrgId, getOrganization, listOrganizations, getPerson } from "./actor.js";

/** What a handler is given when its caller is admitted. */
export interface AdmissionContext {
  /** Any valid key. */
  anyone: object;
  /** A personal key. */
  person: { user: CurrentUser };
  /** A member of the organisation of the path, or a key of the organisation itself. */
  organization: { organization: Organization };
  /** The same, with a personal key: only people make keys. */
  organizationInPerson: { organization: Organization; user: CurrentUser };
  /** The same as `organization`, for the one that `chosen` of the route reads in the body or the query; default: the key's own. */
  chosenOrganization: { organization: Organization };
  /** Who can see the project of the path. */
  project: { project: StoredProject; organization: Organization };
  /** The same, but nobody whom the project is only shared with. */
  projectInsider: { project: StoredProject; organization: Organization };
  /** The same as `project`, for one that may be deleted. */
  deletedProject: { project: StoredProject; organization: Organization };
  /** The administrator of the plane: for the test hooks. */
  plane: object;
}
export type CallerScope = keyof AdmissionContext;

/** Each may do what the ones before it may. */
const ROLE_ORDER = ["viewer", "editor", "administrator", "organizationAdministrator"] as const;
/** `administrator` is one of the project or of its organisation. */
export type Role = (typeof ROLE_ORDER)[number];
type RoleInOrganization = Exclude<Role, "organizationAdministrator">;

/** The least roles that a route may ask for. `none`: whom `who` admits, whatever the role. */
interface LeastRoles {
  anyone: "none";
  person: "none";
  organization: RoleInOrganization;
  organizationInPerson: RoleInOrganization;
  chosenOrganization: RoleInOrganization;
  project: Role;
  projectInsider: Role;
  deletedProject: Role;
  plane: "none";
}

/** `reveal`: a read whose answer holds a password or another secret. A mutation is one audited transaction. */
export type Effect = "read" | "reveal" | "mutation";

/** A viewer may only read. */
export type LeastRole<W extends CallerScope, E extends Effect> = E extends "read" ? LeastRoles[W] : Exclude<LeastRoles[W], "viewer">;

/** What a route declares of its callers. */
export interface AccessRule {
  who: CallerScope;
  least: LeastRole<CallerScope, Effect>;
}

interface AdmissionRequest {
  tx: Tx;
  actor: Actor;
  params: Readonly<Record<string, string>>;
  adminId: string;
  /** What the call says of the organisation it means; absent where what it says cannot be read. */
  asked?: { orgId: string | undefined } | undefined;
}

/** Refuses the call, or returns its admission context. What a caller cannot see is answered as not found. */
export function admit({ who, least }: AccessRule, entry: AdmissionRequest): object {
  const admitted: Partial<AdmissionContext["project"]> = ADMIT[who](entry);
  const { project, organization } = admitted;
  if (least !== "none" && organization) assertRoleAtLeast(least, entry, organization.id, project?.id);
  return admitted;
}

const ADMIT: { readonly [W in CallerScope]: (entry: AdmissionRequest) => AdmissionContext[W] | Record<string, never> } = {
  anyone: () => ({}),
  person: ({ actor }) => ({ user: getPerson(actor) }),
  organization: ({ tx, actor, params }) => ({ organization: getOrganization(tx, actor, params.org_id) }),
  organizationInPerson: ({ tx, actor, params }) => {
    const organization = getOrganization(tx, actor, params.org_id);
    return { organization, user: getPerson(actor) };
  },
  chosenOrganization: ({ tx, actor, asked }) => {
    if (actor.kind === "project") throw new Refusal("projectKeyLimited");
    return asked ? { organization: getOrganization(tx, actor, getRequestedOrgId(actor, asked.orgId)) } : {};
  },
  project: ({ tx, actor, params }) => getVisibleProject(tx, actor, params.project_id, "live"),
  projectInsider: ({ tx, actor, params }) => {
    const found = getVisibleProject(tx, actor, params.project_id, "live");
    if (!listOrganizations(tx, actor).some(({ id }) => id === found.organization.id)) throw new Refusal("memberNeeded");
    return found;
  },
  deletedProject: ({ tx, actor, params }) => getVisibleProject(tx, actor, params.project_id, "deleted or live"),
  plane: ({ actor, adminId }) => {
    if (getPerson(actor).id !== adminId) throw new Refusal("adminNeeded");
    return {};
  },
};

function assertRoleAtLeast(least: Role, entry: AdmissionRequest, orgId: string, projectId?: string): void {
  if (ROLE_ORDER.indexOf(computeEffectiveRole(entry, orgId, projectId)) >= ROLE_ORDER.indexOf(least)) return;
  if (least === "editor") throw new Refusal("editorNeeded");
  if (entry.actor.kind === "project") throw new Refusal("projectKeyLimited");
  throw new Refusal(projectId !== undefined && least === "administrator" ? "projectAdminNeeded" : "adminNeeded");
}

/**
 * The role for the project outranks the one in the organisation, but an administrator's. Somebody whom the project is only shared with works in it,
 * and so do collaborators in what is shared with them. An unknown role is a viewer.
 */
function computeEffectiveRole({ tx, actor }: AdmissionRequest, orgId: string, projectId: string | undefined): Role {
  if (actor.kind === "organization") return "organizationAdministrator";
  if (actor.kind === "project") return "editor";
  const member = tx.list("member", { where: { user: actor.user.id } }).find((membership) => membership.org_id === orgId);
  if (member?.role === "admin") return "organizationAdministrator";
  const own = member && projectId !== undefined ? tx.get("project_role", `${projectId}/${member.id}`) : undefined;
  if (own) return PROJECT_ROLES[own.role] ?? "viewer";
  const isShared = projectId !== undefined && isSharedWith(tx, actor, projectId);
  if (member === undefined || member.role === "collaborator") return isShared ? "editor" : "viewer";
  return ORGANIZATION_ROLES[member.role] ?? "viewer";
}

const PROJECT_ROLES: Readonly<Record<string, Role>> = { editor: "editor", admin: "administrator" };
const ORGANIZATION_ROLES: Readonly<Record<string, Role>> = { member: "editor", editor: "editor" };

function getVisibleProject(tx: Tx, actor: Actor, id: string | undefined, state: "live" | "deleted or live") {
  const project = id === undefined ? undefined : tx.get("project", id);
  const seen = listOrganizations(tx, actor).find((each) => each.id === project?.org_id);
  const organization = seen ?? (project && isSharedWith(tx, actor, project.id) ? tx.get("organization", project.owner_id) : undefined);
  const foreign = actor.kind === "project" && actor.projectId !== id;
  if (!project || !organization || foreign) throw new Refusal("projectNotFound");
  if (project.deleted_at !== undefined && state === "live") throw new Refusal("projectNotFound");
  return { project, organization };
}

/** Whether the caller can see this project. */
export function canSeeProject(tx: Tx, actor: Actor, projectId: string): boolean {
  try {
    getVisibleProject(tx, actor, projectId, "live");
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
