import type { Branch } from "../../contract/wire/branch.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import { lastPart } from "../../contract/ids.js";
import { fromAnnotation } from "../../provider/resources/context.js";
import { fromMarkName } from "../../provider/resources/markName.js";
import { isBag } from "../../provider/resources/settled.js";
import type { ResourceRef } from "../finding.js";
import { branchFacts, computeFacts } from "../reachability/live.js";
import type { Managed } from "./applied.js";
import { filled } from "./leftSwitches.js";
import { addedFinding, type Item, ruleOf } from "./item.js";
import { type LiveProject, placeOf } from "./observe.js";
import { withBranch, withCompute, withFacts, withoutBranch, withoutCompute } from "../reachability/edits.js";

/** What is in a project and nothing declares. Everything of a project that the stack declares; else only what it is the owner of. */
export function addedIn(live: LiveProject, members: readonly Managed[]): Item[] {
  const restricting = live.owned || members.some(({ kind }) => kind === "VpcEndpointRestriction");
  return [
    ...(restricting ? restrictions(live, members) : []),
    ...(live.owned ? [...branches(live, members), ...computes(live, members), ...roles(live, members), ...databases(live, members)] : []),
    ...(live.owned ? [...permissions(live, members), ...jwks(live, members)] : []),
  ];
}

export const idsOf = (members: readonly Managed[], ...kinds: Managed["kind"][]): ReadonlySet<string> =>
  new Set(members.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => lastPart(id)));

function branches(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = idsOf(members, "Branch", "BranchProtection");
  return (live.branches ?? [])
    .filter((branch) => !branch.default && !declared.has(branch.id))
    .map((branch) => {
      const mark = fromAnnotation(live.annotations[branch.id]);
      const own = (live.computes ?? []).filter(({ branch_id }) => branch_id === branch.id).map(computeFacts);
      return addedFinding({
        ...{ rule: ruleOf("Branch", "added"), resource: refIn(live, "branch", branch.id, branch.name), project: live.project.id },
        says: `A copy of the data that nothing declares${mark ? `; it carries the mark of ${mark.managedBy}, which is only a claim` : ""}.`,
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
    return branch === undefined || filled(branch.inputs, branch.left ?? {})["compute"] !== "none";
  };
  return (live.computes ?? [])
    .filter(({ branch_id: id }) => id === main || branchesOf.has(id) || guarded.has(id))
    .filter((compute) => !declared.has(compute.id) && !comesAlong(compute))
    .map((compute) =>
      addedFinding({
        ...{
          rule: ruleOf("ComputeEndpoint", "added"),
          resource: refIn(live, "computeEndpoint", compute.id, `${names.get(compute.branch_id) ?? ""} ${compute.type}`),
        },
        ...{
          says: `A compute that nothing declares${fromMarkName(compute.name, "") ? "; its name carries the mark of a stack, which is only a claim" : ""}.`,
          project: live.project.id,
        },
        ...{ traces: [{ kind: "endpoint", id: compute.id }], changedAt: compute.updated_at },
        edits: { revert: withoutCompute(compute.id), apply: withCompute(computeFacts(compute)) },
      }),
    );
}

/** What every project has from its creation at Neon, unless the program names it. */
const INITIAL = { database: "neondb", owner: (database: string) => `${database}_owner` };

function initialObjects(members: readonly Managed[]): { role: string; database: string } {
  const declared = members.find(({ kind }) => kind === "Project")?.inputs["defaultBranch"];
  const { roleName, databaseName } = isBag(declared) ? declared : {};
  const database = typeof databaseName === "string" ? databaseName : INITIAL.database;
  return { database, role: typeof roleName === "string" ? roleName : INITIAL.owner(database) };
}

function roles(live: LiveProject, members: readonly Managed[]): Item[] {
  const declared = new Set(members.filter(({ kind }) => kind === "Role" || kind === "RotatingRole").flatMap(namesOfRole));
  const first = initialObjects(members);
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
  const first = initialObjects(members);
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

/** A new branch has what its parent had: that is told of the parent alone. */
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
      return addedFinding({
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
      addedFinding({
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
      addedFinding({
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
      addedFinding({
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

const refIn = ({ project }: LiveProject, kind: string, id: string, name: string): ResourceRef => ({
  ...{ kind, id: `${project.id}/${id}`, name: `${project.name}/${name}` },
});
