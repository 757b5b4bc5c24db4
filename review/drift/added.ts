import type { Branch } from "../../contract/wire/branch.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import { getLastPart } from "../../contract/ids.js";
import { fromAnnotation, fromTagName, isProperties } from "../../provider/introspection.js";
import type { ResourceRef } from "../finding.js";
import { toBranchFacts, toComputeFacts } from "../reachability/liveFacts.js";
import type { ManagedResource } from "./appliedRecord.js";
import { fillOmitted } from "./omittedSwitches.js";
import { buildAddedFinding, type DriftItem, formatRule } from "./driftItem.js";
import { type LiveProject, getLocation } from "./observation.js";
import { addBranch, setCompute, updateFacts, removeBranch, removeCompute } from "../reachability/edits.js";

/** What is in a project and nothing declares. Everything of a project that the stack declares; else only what it is the owner of. */
export function listAddedInProject(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const restricting = live.owned || members.some(({ kind }) => kind === "VpcEndpointRestriction");
  return [
    ...(restricting ? listAddedRestrictions(live, members) : []),
    ...(live.owned
      ? [
          ...listAddedBranches(live, members),
          ...listAddedComputes(live, members),
          ...listAddedRoles(live, members),
          ...listAddedDatabases(live, members),
        ]
      : []),
    ...(live.owned ? [...listAddedPermissions(live, members), ...listAddedJwks(live, members)] : []),
  ];
}

export const collectIds = (members: readonly ManagedResource[], ...kinds: ManagedResource["kind"][]): ReadonlySet<string> =>
  new Set(members.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => getLastPart(id)));

function listAddedBranches(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = collectIds(members, "Branch", "BranchProtection");
  return (live.branches ?? [])
    .filter((branch) => !branch.default && !declared.has(branch.id))
    .map((branch) => {
      const mark = fromAnnotation(live.annotations[branch.id]);
      const own = (live.computes ?? []).filter(({ branch_id }) => branch_id === branch.id).map(toComputeFacts);
      return buildAddedFinding({
        rule: formatRule("Branch", "added"),
        resource: buildRef(live, "branch", branch.id, branch.name),
        project: live.project.id,
        says: `A copy of the data that nothing declares${mark ? `; it carries the ownership tag of ${mark.managedBy}, which is only a claim` : ""}.`,
        traces: [{ kind: "branch", id: branch.id }],
        changedAt: branch.updated_at,
        ...(branch.created_by?.name !== undefined && { changedBy: branch.created_by.name }),
        edits: { revert: removeBranch(branch.id), apply: addBranch(toBranchFacts(branch, live.origins), own) },
      });
    });
}

/** One read-write compute comes with a branch, unless the branch is declared without. */
function listAddedComputes(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = collectIds(members, "ComputeEndpoint");
  const branchesOf = new Map(members.filter(({ kind }) => kind === "Branch").map((one) => [getLastPart(one.id), one]));
  const main = live.branches?.find((branch) => branch.default)?.id;
  const names = new Map(live.branches?.map(({ id, name }) => [id, name]));
  const guarded = collectIds(members, "BranchProtection");
  const comesAlong = ({ branch_id: id, type }: Endpoint): boolean => {
    if (type !== "read_write") return false;
    const branch = branchesOf.get(id);
    return branch === undefined || fillOmitted(branch.inputs, branch.left ?? {})["compute"] !== "none";
  };
  return (live.computes ?? [])
    .filter(({ branch_id: id }) => id === main || branchesOf.has(id) || guarded.has(id))
    .filter((compute) => !declared.has(compute.id) && !comesAlong(compute))
    .map((compute) =>
      buildAddedFinding({
        rule: formatRule("ComputeEndpoint", "added"),
        resource: buildRef(live, "computeEndpoint", compute.id, `${names.get(compute.branch_id) ?? ""} ${compute.type}`),
        says: `A compute that nothing declares${fromTagName(compute.name, "") ? "; its name carries the ownership tag of a stack, which is only a claim" : ""}.`,
        project: live.project.id,
        traces: [{ kind: "endpoint", id: compute.id }],
        changedAt: compute.updated_at,
        edits: { revert: removeCompute(compute.id), apply: setCompute(toComputeFacts(compute)) },
      }),
    );
}

/** What every project has from its creation at Neon, unless the program names it. */
const INITIAL = { database: "neondb", owner: (database: string) => `${database}_owner` };

function getInitialObjects(members: readonly ManagedResource[]): { role: string; database: string } {
  const declared = members.find(({ kind }) => kind === "Project")?.inputs["defaultBranch"];
  const { roleName, databaseName } = isProperties(declared) ? declared : {};
  const database = typeof databaseName === "string" ? databaseName : INITIAL.database;
  return { database, role: typeof roleName === "string" ? roleName : INITIAL.owner(database) };
}

function listAddedRoles(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = new Set(members.flatMap(listRoleNames));
  const first = getInitialObjects(members);
  const trusting = members.some(({ kind }) => kind === "JwksUrl");
  return listAddedInBranches(live, live.roles, ({ name }, branchId) => {
    if (name === first.role || (trusting && JWKS_ROLES.has(name)) || declared.has(`${branchId}/${name}`)) return undefined;
    return {
      rule: formatRule("Role", "added"),
      kind: "role",
      key: name,
      says: "A role that nothing declares: whoever has its password may log in.",
      means: "opens",
      severity: "medium",
    };
  });
}

/** Neon makes these for a provider of tokens (POST /projects/{id}/jwks). */
const JWKS_ROLES: ReadonlySet<string> = new Set(["authenticator", "authenticated", "anonymous"]);

/** `branch/role` of the roles that a resource makes, or finds. */
function listRoleNames(one: ManagedResource): string[] {
  const [, branchId = "", name = ""] = one.id.split("/");
  if (one.kind === "Role" || one.kind === "TemporaryAccess") return [`${branchId}/${name}`];
  if (one.kind === "RotatingRole") return [`${branchId}/${name}_1`, `${branchId}/${name}_2`];
  return one.kind === "RoleGrants" ? [`${getLocation(one).branchId ?? ""}/${String(one.inputs["roleName"])}`] : [];
}

function listAddedDatabases(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = collectIds(members, "Database");
  const names = new Set(
    members.filter(({ kind }) => kind === "Database").map((one) => `${getLocation(one).branchId ?? ""}/${String(one.inputs["name"])}`),
  );
  const first = getInitialObjects(members);
  return listAddedInBranches(live, live.databases, ({ name, id }, branchId) => {
    if (name === first.database || declared.has(String(id)) || names.has(`${branchId}/${name}`)) return undefined;
    return { rule: formatRule("Database", "added"), kind: "database", key: String(id), says: "A database that nothing declares." };
  });
}

interface NamedObject {
  readonly name: string;
  readonly updated_at: string;
}
type AddedObject = Pick<DriftItem, "rule" | "says" | "means" | "severity"> & { kind: "role" | "database"; key: string };

/** A new branch has what its parent had: that is told of the parent alone. */
function listAddedInBranches<T extends NamedObject>(
  live: LiveProject,
  lists: ReadonlyMap<string, readonly T[]>,
  tell: (one: T, branchId: string) => AddedObject | undefined,
): DriftItem[] {
  const byId = new Map(live.branches?.map((branch) => [branch.id, branch]));
  const names = new Map([...lists].map(([id, list]) => [id, new Set(list.map(({ name }) => name))]));
  const inherited = (name: string, branch: Branch | undefined): boolean => {
    const seen = new Set<string>();
    for (let at = byId.get(branch?.parent_id ?? ""); at && !seen.has(at.id); at = byId.get(at.parent_id ?? "")) {
      seen.add(at.id);
      if (names.get(at.id)?.has(name)) return true;
    }
    return false;
  };
  return [...lists].flatMap(([branchId, list]) =>
    list.flatMap((one) => {
      const branch = byId.get(branchId);
      const told = inherited(one.name, branch) ? undefined : tell(one, branchId);
      if (!told) return [];
      const { kind, key, ...rest } = told;
      return buildAddedFinding({
        ...rest,
        project: live.project.id,
        changedAt: one.updated_at,
        resource: buildRef(live, kind, `${branchId}/${key}`, `${branch?.name ?? branchId}/${one.name}`),
        traces: [{ kind, id: kind === "role" ? `${branchId}/${key}` : key }],
      });
    }),
  );
}

function listAddedPermissions(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = collectIds(members, "ProjectPermission");
  return (live.permissions ?? [])
    .filter(({ id, revoked_at }) => revoked_at === undefined && !declared.has(id))
    .map(({ id, granted_to_email: email, granted_at: changedAt }) =>
      buildAddedFinding({
        rule: formatRule("ProjectPermission", "added"),
        resource: buildRef(live, "projectPermission", id, email),
        project: live.project.id,
        changedAt,
        says: "A person with access to the project that nothing declares.",
        means: "opens",
        severity: "medium",
        traces: [{ kind: "project_permission", id }],
      }),
    );
}

function listAddedJwks(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = collectIds(members, "JwksUrl");
  return (live.jwks ?? [])
    .filter(({ id }) => !declared.has(id))
    .map(({ id, provider_name, jwks_url, created_at: changedAt }) =>
      buildAddedFinding({
        rule: formatRule("JwksUrl", "added"),
        resource: buildRef(live, "jwksUrl", id, `${provider_name} ${jwks_url}`),
        project: live.project.id,
        changedAt,
        says: "The project trusts tokens of a provider that nothing declares.",
        means: "opens",
        severity: "medium",
        traces: [{ kind: "jwks", id }],
      }),
    );
}

function listAddedRestrictions(live: LiveProject, members: readonly ManagedResource[]): DriftItem[] {
  const declared = collectIds(members, "VpcEndpointRestriction");
  return (live.restricted ?? [])
    .filter((id) => !declared.has(id))
    .map((id) =>
      buildAddedFinding({
        rule: formatRule("VpcEndpointRestriction", "added"),
        resource: buildRef(live, "vpcEndpointRestriction", id, id),
        project: live.project.id,
        says: "The project is restricted to a private endpoint that nothing declares.",
        traces: [{ kind: "vpc_restriction", id: `${live.project.id}/${id}` }],
        edits: {
          revert: updateFacts(({ vpcRestrictions }) => ({ vpcRestrictions: vpcRestrictions.filter((each) => each !== id) })),
          apply: updateFacts(({ vpcRestrictions }) => ({ vpcRestrictions: [...vpcRestrictions, id] })),
        },
      }),
    );
}

const buildRef = ({ project }: LiveProject, kind: string, id: string, name: string): ResourceRef => ({
  kind,
  id: `${project.id}/${id}`,
  name: `${project.name}/${name}`,
});
