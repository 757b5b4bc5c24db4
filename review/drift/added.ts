import type { Branch } from "../../contract/wire/branch.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import { lastPart } from "../../contract/ids.js";
import { fromAnnotation, projectAnnotation } from "../../provider/resources/context.js";
import { isBag } from "../../provider/resources/settled.js";
import type { ResourceRef } from "../finding.js";
import type { ReadProject } from "../scan/inventory.js";
import { branchFacts, computeFacts } from "../reachability/live.js";
import { EMPTY } from "../reachability/model.js";
import type { Managed } from "./applied.js";
import { type Item, projectRef, ruleOf, UNDECLARED } from "./item.js";
import { type LiveProject, type Observation, placeOf } from "./observe.js";
import { deltaOf, directionOf, withBranch, withCompute, withFacts, withoutBranch, withoutCompute } from "../reachability/edits.js";
import { liveModel } from "./liveModel.js";

type Came = Omit<Item, "class" | "before" | "after" | "remedy">;
const came = (item: Came): Item => ({ class: "added", before: "not declared", after: "exists", remedy: UNDECLARED, ...item });

/** What is in a project and nothing declares. Everything of a project that the stack declares; else only what it is the owner of. */
export function addedIn(live: LiveProject, members: readonly Managed[]): Item[] {
  const restricting = live.owned || members.some(({ kind }) => kind === "VpcEndpointRestriction");
  return [
    ...(restricting ? restrictions(live, members) : []),
    ...(live.owned ? [...branches(live, members), ...computes(live, members), ...roles(live, members), ...databases(live, members)] : []),
    ...(live.owned ? [...permissions(live, members), ...jwks(live, members)] : []),
  ];
}

const idsOf = (members: readonly Managed[], ...kinds: Managed["kind"][]): ReadonlySet<string> =>
  new Set(members.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => lastPart(id)));

function branches(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "Branch", "BranchProtection");
  return (live.branches ?? [])
    .filter((branch) => !branch.default && !declared.has(branch.id))
    .map((branch) => {
      const mark = fromAnnotation(live.annotations[branch.id]);
      const own = (live.computes ?? []).filter(({ branch_id }) => branch_id === branch.id).map(computeFacts);
      return came({
        ...{ rule: ruleOf("Branch", "added"), resource: refIn(live, "branch", branch.id, branch.name), project: live.project.id },
        says: `A copy of the data that nothing declares${mark ? `; it carries the mark of ${mark.managedBy}` : ""}.`,
        ...{ traces: [{ kind: "branch", id: branch.id }], changedAt: branch.updated_at },
        ...(branch.created_by?.name !== undefined && { changedBy: branch.created_by.name }),
        edits: { revert: withoutBranch(branch.id), apply: withBranch(branchFacts(branch, live.origins), own) },
      });
    });
}

/** One read-write compute comes with a branch, unless the branch is declared without. */
function computes(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "ComputeEndpoint");
  const branchesOf = new Map(members.filter(({ kind }) => kind === "Branch").map((one) => [lastPart(one.id), one]));
  const main = live.branches?.find((branch) => branch.default)?.id;
  const names = new Map(live.branches?.map(({ id, name }) => [id, name]));
  const guarded = idsOf(members, "BranchProtection");
  const comesAlong = ({ branch_id: id, type }: Endpoint): boolean => {
    if (type !== "read_write") return false;
    const branch = branchesOf.get(id);
    return branch?.inputs["compute"] !== "none";
  };
  return (live.computes ?? [])
    .filter(({ branch_id: id }) => id === main || branchesOf.has(id) || guarded.has(id))
    .filter((compute) => !declared.has(compute.id) && !comesAlong(compute))
    .map((compute) =>
      came({
        ...{
          rule: ruleOf("ComputeEndpoint", "added"),
          resource: refIn(live, "computeEndpoint", compute.id, `${names.get(compute.branch_id) ?? ""} ${compute.type}`),
        },
        ...{ says: "A compute that nothing declares.", project: live.project.id },
        ...{ traces: [{ kind: "endpoint", id: compute.id }], changedAt: compute.updated_at },
        edits: { revert: withoutCompute(compute.id), apply: withCompute(computeFacts(compute)) },
      }),
    );
}

/** What every project is born with at Neon, unless the program names it. */
const BORN = { database: "neondb", owner: (database: string) => `${database}_owner` };

function born(members: readonly Managed[]): { role: string; database: string } {
  const declared = members.find(({ kind }) => kind === "Project")?.inputs["defaultBranch"];
  const { roleName, databaseName } = isBag(declared) ? declared : {};
  const database = typeof databaseName === "string" ? databaseName : BORN.database;
  return { database, role: typeof roleName === "string" ? roleName : BORN.owner(database) };
}

function roles(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = new Set(members.filter(({ kind }) => kind === "Role" || kind === "RotatingRole").flatMap(namesOfRole));
  const first = born(members);
  const trusting = members.some(({ kind }) => kind === "JwksUrl");
  return inBranches(live, live.roles, ({ name }, branchId) => {
    if (name === first.role || (trusting && JWKS_ROLES.has(name)) || declared.has(`${branchId}/${name}`)) return undefined;
    return {
      ...{
        rule: ruleOf("Role", "added"),
        kind: "role",
        key: name,
        says: "A role that nothing declares: whoever has its password may log in.",
      },
      ...{ means: "opens", severity: "medium" },
    };
  });
}

/** Neon makes these for a provider of tokens (POST /projects/{id}/jwks). */
const JWKS_ROLES: ReadonlySet<string> = new Set(["authenticator", "authenticated", "anonymous"]);

function namesOfRole({ kind, id }: Managed): string[] {
  const [, branchId = "", name = ""] = id.split("/");
  return kind === "Role" ? [`${branchId}/${name}`] : [`${branchId}/${name}_1`, `${branchId}/${name}_2`];
}

function databases(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "Database");
  const names = new Set(
    members.filter(({ kind }) => kind === "Database").map((one) => `${placeOf(one).branchId ?? ""}/${String(one.inputs["name"])}`),
  );
  const first = born(members);
  return inBranches(live, live.databases, ({ name, id }, branchId) => {
    if (name === first.database || declared.has(String(id)) || names.has(`${branchId}/${name}`)) return undefined;
    return { rule: ruleOf("Database", "added"), kind: "database", key: String(id), says: "A database that nothing declares." };
  });
}

interface Named {
  readonly name: string;
  readonly updated_at: string;
}
type Told = Pick<Item, "rule" | "says" | "means" | "severity"> & { kind: "role" | "database"; key: string };

/** A branch is born with what its parent had: that is told of the parent alone. */
function inBranches<T extends Named>(
  live: LiveProject,
  lists: ReadonlyMap<string, readonly T[]>,
  tell: (one: T, branchId: string) => Told | undefined,
): Item[] {
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
      return came({
        ...{ ...rest, project: live.project.id, changedAt: one.updated_at },
        resource: refIn(live, kind, `${branchId}/${key}`, `${branch?.name ?? branchId}/${one.name}`),
        traces: [{ kind, id: kind === "role" ? `${branchId}/${key}` : key }],
      });
    }),
  );
}

function permissions(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "ProjectPermission");
  return (live.permissions ?? [])
    .filter(({ id, revoked_at }) => revoked_at === undefined && !declared.has(id))
    .map(({ id, granted_to_email: email, granted_at: changedAt }) =>
      came({
        ...{
          rule: ruleOf("ProjectPermission", "added"),
          resource: refIn(live, "projectPermission", id, email),
          project: live.project.id,
          changedAt,
        },
        ...{ says: "A person who may work on the project, and nothing says so.", means: "opens", severity: "medium" },
        traces: [{ kind: "project_permission", id }],
      }),
    );
}

function jwks(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "JwksUrl");
  return (live.jwks ?? [])
    .filter(({ id }) => !declared.has(id))
    .map(({ id, provider_name, jwks_url, created_at: changedAt }) =>
      came({
        ...{
          rule: ruleOf("JwksUrl", "added"),
          resource: refIn(live, "jwksUrl", id, `${provider_name} ${jwks_url}`),
          project: live.project.id,
          changedAt,
        },
        ...{ says: "The project trusts tokens of a provider that nothing declares.", means: "opens", severity: "medium" },
        traces: [{ kind: "jwks", id }],
      }),
    );
}

function restrictions(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "VpcEndpointRestriction");
  return (live.restricted ?? [])
    .filter((id) => !declared.has(id))
    .map((id) =>
      came({
        ...{
          rule: ruleOf("VpcEndpointRestriction", "added"),
          resource: refIn(live, "vpcEndpointRestriction", id, id),
          project: live.project.id,
        },
        ...{
          says: "The project is restricted to a private endpoint that nothing declares.",
          traces: [{ kind: "vpc_restriction", id: `${live.project.id}/${id}` }],
        },
        edits: {
          revert: withFacts(({ vpcRestrictions }) => ({ vpcRestrictions: vpcRestrictions.filter((each) => each !== id) })),
          apply: withFacts(({ vpcRestrictions }) => ({ vpcRestrictions: [...vpcRestrictions, id] })),
        },
      }),
    );
}

/** What the organisation holds and nothing declares: projects, keys, people, private endpoints. */
export function addedOutside(observation: Observation, managed: readonly Managed[], urnStart: string): Item[] {
  const { inventory, orgId, members, invitations, endpoints } = observation;
  const organization = (kind: string, id: string, name: string): ResourceRef => ({ kind, id: `${orgId}/${id}`, name });
  const keys = idsOf(managed, "ApiKey");
  const people = new Set(managed.filter(({ kind }) => kind === "OrganizationMember").map(({ id }) => lastPart(id)));
  const assigned = new Set(managed.filter(({ kind }) => kind === "VpcEndpointAssignment").map(({ id }) => id));
  return [
    ...othersOf(observation, managed).flatMap((read) => strange(read, urnStart)),
    ...[...(inventory.keys.ofOrganization ?? []), ...(inventory.keys.ofPerson ?? [])]
      .filter(({ id }) => !keys.has(String(id)))
      .map(({ id, name, created_at: changedAt, created_by, project_id }) =>
        came({
          ...{ rule: ruleOf("ApiKey", "added"), resource: organization("apiKey", String(id), name), changedAt, changedBy: created_by.name },
          says: `An API key that nothing declares opens ${project_id === undefined ? "all that its owner may see" : `project ${project_id}`}.`,
          ...{ means: "opens", severity: project_id === undefined ? "high" : "medium", traces: [{ kind: "api_key", id: String(id) }] },
        }),
      ),
    ...(members ?? [])
      .filter(({ user }) => !people.has(user.email))
      .map(({ member, user }) =>
        came({
          ...{ rule: ruleOf("OrganizationMember", "added"), resource: organization("organizationMember", user.email, user.email) },
          ...{
            says: `A member (${member.role}) that nothing declares.`,
            means: "opens",
            severity: member.role === "admin" ? "high" : "medium",
          },
          ...(member.joined_at !== undefined && { changedAt: member.joined_at }),
          traces: [{ kind: "member", id: member.id }],
        }),
      ),
    ...(invitations ?? [])
      .filter(({ email }) => !people.has(email))
      .map(({ id, email, role, invited_at: changedAt, invited_by: changedBy }) =>
        came({
          ...{
            rule: ruleOf("OrganizationMember", "added"),
            resource: organization("organizationMember", email, email),
            changedAt,
            changedBy,
          },
          ...{ says: `An invitation (${role}) that nothing declares.`, means: "opens", severity: role === "admin" ? "high" : "medium" },
          traces: [{ kind: "invitation", id }],
        }),
      ),
    ...(endpoints ?? [])
      .filter(({ region_id, vpc_endpoint_id }) => !assigned.has(`${orgId}/${region_id}/${vpc_endpoint_id}`))
      .map(({ region_id, vpc_endpoint_id, label }) => {
        const id = `${region_id}/${vpc_endpoint_id}`;
        const admitting = inventory.projects.filter((read) => admitsEvery(read, region_id)).map(({ project }) => project.name);
        return came({
          ...{
            rule: ruleOf("VpcEndpointAssignment", "added"),
            resource: organization("vpcEndpointAssignment", id, `${vpc_endpoint_id} ${label}`),
          },
          says: `A private endpoint that nothing declares; ${admitting.length === 0 ? "no project admits it" : `${admitting.length} of the projects admit every one of the region`}.`,
          ...(admitting.length > 0 && { means: "opens", severity: "medium" }),
          traces: [{ kind: "vpc_endpoint", id: `${orgId}/${id}` }],
        });
      }),
  ];
}

/** A project that no stack says it has made. One that carries this stack's own mark and is not recorded counts, too. */
function strange(read: ReadProject, urnStart: string): Item[] {
  const { project, branches: all, annotations } = read;
  const mark = fromAnnotation(projectAnnotation(all?.find((branch) => branch.default)?.id ?? "", annotations));
  if (mark && !mark.managedBy.startsWith(urnStart)) return [];
  const model = liveModel(read);
  return [
    came({
      ...{ rule: ruleOf("Project", "added"), resource: projectRef(project), project: project.id, changedAt: project.updated_at },
      says: mark ? "A project that carries this stack's mark and is not recorded." : "A project that no stack declares.",
      ...{ means: model ? directionOf(deltaOf(EMPTY, model)) : "unknown", traces: [{ kind: "project", id: project.id }] },
    }),
  ];
}

/** Projects of other stacks, by what their marks say: they are not judged here. */
export const elsewhere = (observation: Observation, managed: readonly Managed[], urnStart: string): string[] =>
  othersOf(observation, managed)
    .filter((read) => strange(read, urnStart).length === 0)
    .map(({ project }) => project.name);

function othersOf({ inventory }: Observation, managed: readonly Managed[]): ReadProject[] {
  const known = new Set(managed.map((one) => placeOf(one).projectId));
  return inventory.projects.filter(({ project }) => !known.has(project.id));
}

const admitsEvery = ({ project, restricted }: ReadProject, region: string): boolean =>
  project.region_id === region && project.settings?.block_vpc_connections !== true && restricted?.length === 0;

const refIn = ({ project }: LiveProject, kind: string, id: string, name: string): ResourceRef => ({
  ...{ kind, id: `${project.id}/${id}`, name: `${project.name}/${name}` },
});
