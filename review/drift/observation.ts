import type { AuthDetails } from "../../contract/wire/account.js";
import type { z } from "zod";
import type { PalisadeError } from "../../contract/errors.js";
import { getLastPart } from "../../contract/ids.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { Database } from "../../contract/wire/database.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import type { Jwks } from "../../contract/wire/jwks.js";
import type { Invitation, MemberWithUser } from "../../contract/wire/member.js";
import type { ProjectPermission } from "../../contract/wire/projectPermission.js";
import type { Role } from "../../contract/wire/role.js";
import type { VpcEndpointsWithRegionResponse } from "../../contract/wire/vpcEndpoint.js";
import type { NeonApi } from "../../provider/client/api.js";
import { type Kind, observe, observeWithOutputs, parseIdParts, type Properties } from "../../provider/introspection.js";
import type { ResourceRef } from "../finding.js";
import { type Inventory, mapConcurrently, tryRead, readInventory, type ProjectInventory, type UnjudgedPart } from "../scan/inventory.js";
import { type LiveBefore, type ManagedResource, NOTHING_RECORDED } from "./appliedRecord.js";
import { createContexts } from "./contexts.js";

/** A project that the stack declares or says something of. What is undefined could not be read. */
export interface LiveProject extends ProjectInventory {
  /** Listed whatever the blocks and the program say. */
  readonly computes: readonly Endpoint[] | undefined;
  /** Whether the stack declares the project itself: then all that is in it should be declared too. */
  readonly owned: boolean;
  readonly permissions: readonly ProjectPermission[] | undefined;
  readonly jwks: readonly Jwks[] | undefined;
  /** Of the branches that the stack declares, by branch id. */
  readonly roles: ReadonlyMap<string, readonly Role[]>;
  readonly databases: ReadonlyMap<string, readonly Database[]>;
}

/** Who asks. A key of a person names the person; which of a person's keys it is, the API tells nobody. */
export type Caller = AuthDetails | undefined;

/** Observed state of an organisation. */
export interface Observation {
  readonly orgId: string;
  readonly inventory: Inventory;
  readonly projects: ReadonlyMap<string, LiveProject>;
  /** Ids of projects that are proved gone. */
  readonly gone: readonly string[];
  /** By URN; what is not in it could not be read, or lay in something that is gone. */
  readonly resources: ReadonlyMap<string, Properties | "gone">;
  /** By URN: outputs of keys of customers, which tell whether the key may still be used. */
  readonly customerKeys: ReadonlyMap<string, Properties>;
  readonly members: readonly z.output<typeof MemberWithUser>[] | undefined;
  readonly invitations: readonly z.output<typeof Invitation>[] | undefined;
  readonly endpoints: z.output<typeof VpcEndpointsWithRegionResponse>["endpoints"] | undefined;
  readonly unjudged: readonly UnjudgedPart[];
  readonly caller: Caller;
  /** User id of the administrator who was the only one when the record was made; undefined where the record does not say. */
  readonly administratorBefore: string | undefined;
  readonly projectsBefore: LiveBefore["projects"];
}

/** Grants lie in Postgres itself: looking would wake computes. */
export const NOT_COMPARED: ReadonlySet<Kind> = new Set<Kind>(["RoleGrants"]);

/** Reads everything that drift is about, each list once. Changes nothing. */
export async function readObservation(
  api: NeonApi,
  orgId: string,
  managed: readonly ManagedResource[],
  progress: (done: number, all: number) => void,
  before: LiveBefore = NOTHING_RECORDED,
): Promise<Observation> {
  const { reading, neon } = createContexts(api, orgId);
  const inventory = await readInventory(reading.api, orgId, progress);
  const unjudged: UnjudgedPart[] = [...inventory.unjudged];
  const tell = (resource: ResourceRef, what: string) => (error: PalisadeError) =>
    void unjudged.push({ resource, what, reason: error.detail });
  const resources = new Map<string, Properties | "gone">();
  const customerKeys = new Map<string, Properties>();
  const see = async (one: ManagedResource): Promise<void> => {
    if (NOT_COMPARED.has(one.kind)) return;
    const recorded = { ...one.outputs, ...one.inputs };
    const seen = await tryRead(observeWithOutputs(reading, neon, one.kind, one.id, recorded), tell(toResourceRef(one), "the resource"));
    if (seen !== undefined) resources.set(one.urn, seen === "gone" ? seen : seen.inputs);
    if (one.kind === "CustomerManagedKey" && seen !== undefined && seen !== "gone") customerKeys.set(one.urn, seen.outputs);
  };

  const byProject = groupByProject(managed);
  const listed = new Map(inventory.projects.map((read) => [read.project.id, read]));
  const gone: string[] = [];
  const projects = new Map<string, LiveProject>();
  await mapConcurrently([...byProject], async ([projectId, members]) => {
    const read = listed.get(projectId);
    const ref: ResourceRef = { kind: "project", id: projectId, name: read?.project.name ?? projectId };
    if (!read) {
      const seen = await tryRead(observe(reading, neon, "Project", projectId, {}), tell(ref, "the project"));
      if (seen === "gone") gone.push(projectId);
      else if (seen) unjudged.push({ resource: ref, what: "the project", reason: "it is not in the organisation's list" });
      return;
    }
    projects.set(projectId, await readLiveProject(reading.api, read, members, (what) => tell(ref, what)));
    const lost = findLostBranches(members, read);
    await Promise.all(members.filter((one) => !lost.has(getLocation(one).branchId ?? "") || one.kind === "Branch").map(see));
  });
  await mapConcurrently(
    managed.filter((one) => getLocation(one).projectId === undefined),
    see,
  );
  const { organization, oneProject } = inventory;
  const [members, invitations, endpoints] = oneProject
    ? [undefined, undefined, undefined]
    : await Promise.all([
        tryRead(reading.api.people.listMembers(orgId), tell(organization, "members")),
        tryRead(reading.api.people.listInvitations(orgId), tell(organization, "invitations")),
        tryRead(reading.api.vpc.listAssigned(orgId)),
      ]);
  const caller = oneProject ? undefined : await tryRead(api.getAuth());
  return {
    orgId,
    inventory,
    projects,
    gone: gone.sort(),
    resources,
    customerKeys,
    members,
    invitations,
    endpoints: endpoints?.endpoints,
    unjudged,
    caller,
    administratorBefore: before.administrators[orgId],
    projectsBefore: before.projects,
  };
}

/** What is declared of each project, by its id. */
export function groupByProject(managed: readonly ManagedResource[]): ReadonlyMap<string, readonly ManagedResource[]> {
  const members = new Map<string, ManagedResource[]>();
  for (const one of managed) {
    const { projectId } = getLocation(one);
    const others = projectId === undefined ? undefined : members.get(projectId);
    if (others) others.push(one);
    else if (projectId !== undefined) members.set(projectId, [one]);
  }
  return members;
}

/** Where a resource lies. */
export function getLocation({ kind, id, inputs }: ManagedResource): { projectId?: string | undefined; branchId?: string | undefined } {
  const { projectId, branchId } = parseIdParts(kind, id);
  const inBranch = branchId ?? (typeof inputs["branchId"] === "string" ? getLastPart(inputs["branchId"]) : undefined);
  return { projectId, branchId: inBranch };
}

export const toResourceRef = ({ kind, id, name }: ManagedResource): ResourceRef => ({
  kind: kind.charAt(0).toLowerCase() + kind.slice(1),
  id,
  name,
});

/** Declared branches that are not there: what lay in them went with them, and needs no look of its own. */
function findLostBranches(members: readonly ManagedResource[], { branches }: ProjectInventory): ReadonlySet<string> {
  if (!branches) return new Set();
  const present = new Set(branches.map(({ id }) => id));
  const declared = members.filter(({ kind }) => kind === "Branch").map((one) => getLocation(one).branchId ?? "");
  return new Set(declared.filter((id) => !present.has(id)));
}

async function readLiveProject(
  api: NeonApi,
  read: ProjectInventory,
  members: readonly ManagedResource[],
  tell: (what: string) => (error: PalisadeError) => void,
): Promise<LiveProject> {
  const { id } = read.project;
  const owned = members.some(({ kind }) => kind === "Project");
  const main = read.branches?.find((branch) => branch.default)?.id;
  const declared = new Set([...(owned && main !== undefined ? [main] : []), ...members.map((one) => getLocation(one).branchId ?? "")]);
  const branches = (read.branches ?? []).filter((branch) => declared.has(branch.id));
  const roles = new Map<string, readonly Role[]>();
  const databases = new Map<string, readonly Database[]>();
  const [computes, permissions, jwks] = await Promise.all([
    // Where they could not be read already, that is said.
    read.computes && tryRead(api.listComputes(id), tell("computes")),
    owned ? tryRead(api.people.listPermissions(id), tell("permissions")) : undefined,
    owned ? tryRead(api.listJwks(id), tell("JWKS")) : undefined,
    ...(owned ? branches : []).map(async (branch) => {
      const found = await tryRead(api.listRoles(id, branch.id), tell(`roles of branch ${branch.name}`));
      if (found) roles.set(branch.id, found);
      const held = await tryRead(api.listDatabases(id, branch.id), tell(`databases of branch ${branch.name}`));
      if (held) databases.set(branch.id, held);
    }),
  ]);
  return { ...read, owned, computes: computes?.endpoints, permissions, jwks, roles, databases };
}

export const toProjectField = (one: ManagedResource): { project?: string } => {
  const { projectId } = getLocation(one);
  return projectId === undefined ? {} : { project: projectId };
};

export const findDefaultBranch = ({ branches }: Pick<LiveProject, "branches">): Branch | undefined =>
  branches?.find((branch) => branch.default);
