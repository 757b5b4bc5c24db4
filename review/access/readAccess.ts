import type { Access, ApiKey, NotLookedAt } from "./access.js";
import type { Declarations } from "./declarations.js";
import { readBranchRoles, type RoleReading } from "./readRoles.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { NeonApi } from "../../provider/client/api.js";
import { mapConcurrently, tryRead, type UnjudgedPart } from "../scan/inventory.js";
import type { PalisadeError } from "../../contract/errors.js";

/** What was read of one account. */
export interface AccountAccess {
  readonly access: readonly Access[];
  readonly notLookedAt: readonly NotLookedAt[];
  readonly unjudged: readonly UnjudgedPart[];
}

export interface ReadOptions {
  readonly orgId: string;
  /** Those of the stack. */
  readonly projectIds: readonly string[];
  readonly declarations: Declarations;
  /** When a role last logged in; undefined where nobody keeps that. */
  readonly findLastLogin: (branchId: string, role: string) => string | undefined;
}

/** What each level of a person's may do, least first. */
const LEVELS: Readonly<Record<string, string>> = {
  viewer: "looks at",
  collaborator: "works in the projects shared with them in",
  member: "works in every project of",
  editor: "changes every project of",
  admin: "does everything in",
};

/** Reads everybody who can get in: two calls for keys, two for people, and about five for each project and branch. Changes nothing, wakes nothing. */
export async function readAccess(api: NeonApi, options: ReadOptions): Promise<AccountAccess> {
  const { orgId, projectIds, declarations } = options;
  const unjudged: UnjudgedPart[] = [];
  const notLookedAt: NotLookedAt[] = [];
  const tell = (kind: string, id: string, what: string) => (error: PalisadeError) => {
    unjudged.push({ resource: { kind, id, name: id }, what, reason: error.detail });
  };
  const ofOrganization = (what: string) => tell("organization", orgId, what);
  const [orgKeys, ownKeys, members, invitations] = await Promise.all([
    tryRead(api.people.listKeys({ orgId }), ofOrganization("API keys")),
    tryRead(api.people.listKeys({}), ({ detail: why }) => notLookedAt.push({ what: "personal API keys", why })),
    tryRead(api.people.listMembers(orgId), ofOrganization("members")),
    tryRead(api.people.listInvitations(orgId), ofOrganization("invitations")),
  ]);
  const projects = await mapConcurrently(projectIds, (projectId) =>
    readProjectAccess(api, projectId, options, (what) => tell("project", projectId, what)),
  );
  const people = [
    ...(members ?? []).map(({ member, user }): Access => {
      const may = LEVELS[member.role] ?? `has the level ${member.role} in`;
      return {
        ...createAccess("member", `${orgId}/${user.email}`, user.email, `organisation ${orgId}`),
        can: `${may} the organisation`,
        powers: [`${member.role} of the organisation`],
        ...(member.joined_at !== undefined && { since: member.joined_at }),
        declaredBy: declarations.ofMember(orgId, user.email),
      };
    }),
    ...(invitations ?? []).map(({ email, role, invited_at, invited_by }): Access => ({
      ...createAccess("invitation", `${orgId}/${email}`, email, `organisation ${orgId}`),
      can: `becomes ${role} of the organisation by accepting`,
      powers: [`${role} of the organisation, once accepted`],
      since: invited_at,
      by: invited_by,
      declaredBy: declarations.ofMember(orgId, email),
    })),
  ];
  return {
    access: [
      ...(orgKeys ?? []).map((key) => toKeyAccess(key, orgId, declarations)),
      ...(ownKeys ?? []).map((key) => toKeyAccess(key, PERSONAL, declarations)),
      ...people,
      ...projects.flatMap(({ access }) => access),
    ],
    notLookedAt: [...notLookedAt, ...projects.flatMap((project) => project.notLookedAt)],
    unjudged,
  };
}

const PERSONAL = "personal";

export const createAccess = (kind: Access["kind"], id: string, name: string, place: string) => ({
  kind,
  id,
  name,
  place,
  isWhole: true as boolean,
});

/** Keys of Neon's API have no end. */
function toKeyAccess(key: ApiKey, owner: string, declarations: Declarations): Access {
  const scope =
    owner === PERSONAL
      ? "all that the person who made it may see"
      : key.project_id === undefined
        ? `organisation ${owner}`
        : `project ${key.project_id}`;
  return {
    ...createAccess("apiKey", `${owner}/${key.id}`, key.name, owner === PERSONAL ? "the person who asks" : scope),
    can: `calls the API: ${scope}`,
    powers: [`API: ${scope}`],
    since: key.created_at,
    by: key.created_by.name,
    lastUsed: key.last_used_at ?? "never",
    declaredBy: declarations.ofKey(owner, key.id),
  };
}

type Tell = (what: string) => (error: PalisadeError) => void;

async function readProjectAccess(
  api: NeonApi,
  projectId: string,
  { declarations, findLastLogin }: ReadOptions,
  tell: Tell,
): Promise<RoleReading> {
  const [permissions, members, page, computes] = await Promise.all([
    tryRead(api.people.listPermissions(projectId), tell("shares")),
    tryRead(api.people.listProjectMembers(projectId), tell("levels of members")),
    tryRead(api.listBranches(projectId), tell("branches")),
    tryRead(api.listComputes(projectId), tell("computes")),
  ]);
  const place = `project ${projectId}`;
  const shared = (permissions ?? [])
    .filter(({ revoked_at }) => revoked_at === undefined)
    .map(({ id, granted_to_email: email, granted_at }): Access => ({
      ...createAccess("permission", `${projectId}/${id}`, email, place),
      can: "works in the project, which is shared with them",
      powers: ["share of the project"],
      since: granted_at,
      declaredBy: declarations.ofPermission(projectId, id, email),
    }));
  const levels = (members ?? []).flatMap(({ member_id, email, name, project_role: level }): Access[] =>
    level === undefined
      ? []
      : [
          {
            ...createAccess("permission", `${projectId}/${member_id}`, email ?? name ?? member_id, place),
            can: `${level === "admin" ? "manages" : level === "editor" ? "changes" : "looks at"} the project`,
            powers: [`${level} of the project`],
            declaredBy: declarations.ofPermission(projectId, undefined, email),
          },
        ],
  );
  const branches = page?.branches ?? [];
  const roles = await mapConcurrently(branches, (branch) =>
    readBranchRoles(api, { branch, branches: indexById(branches), computes: computes?.endpoints, declarations, findLastLogin }, tell),
  );
  return {
    access: [...shared, ...levels, ...roles.flatMap(({ access }) => access)],
    notLookedAt: roles.flatMap(({ notLookedAt }) => notLookedAt),
  };
}

const indexById = (branches: readonly Branch[]): ReadonlyMap<string, Branch> => new Map(branches.map((branch) => [branch.id, branch]));
