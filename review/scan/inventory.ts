import type { z } from "zod";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import type { ApiKey } from "../../contract/wire/apiKey.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { Annotation } from "../../contract/wire/common.js";
import type { Endpoint } from "../../contract/wire/endpoint.js";
import type { ProjectListItem } from "../../contract/wire/project.js";
import type { VpcEndpointsWithRegionResponse } from "../../contract/wire/vpcEndpoint.js";
import type { NeonApi } from "../../provider/client/api.js";
import type { ResourceRef } from "../finding.js";

/** What could not be read, and so is not judged. */
export interface UnjudgedPart {
  readonly resource: ResourceRef;
  readonly what: string;
  readonly reason: string;
}

/** A project as far as it could be read; what is undefined could not. */
export interface ProjectInventory {
  readonly project: ProjectListItem;
  readonly branches: readonly Branch[] | undefined;
  /** Of branches that were made of snapshots: the branch whose rows they carry, by their own id. */
  readonly origins: ReadonlyMap<string, string>;
  /** Written at the branches' creation, by branch id. */
  readonly annotations: Readonly<Record<string, Annotation>>;
  /** Empty, and not asked for, where the project's blocks keep everybody out whatever runs. */
  readonly computes: readonly Endpoint[] | undefined;
  /** Ids of VPC endpoints that the organisation has in the project's region. */
  readonly assigned: readonly string[] | undefined;
  /** Ids of those the project is restricted to; empty, and not asked for, where there is none to restrict. */
  readonly restricted: readonly string[] | undefined;
}

export interface ApiKeys {
  /** Of the organisation and its projects; undefined where the key may not list them. */
  readonly ofOrganization: readonly ApiKey[] | undefined;
  /** Of the person whose key this is; undefined where it is nobody's. */
  readonly ofPerson: readonly ApiKey[] | undefined;
}

export interface Inventory {
  readonly organization: ResourceRef;
  /** The key sees one project and not its organisation. */
  readonly oneProject: boolean;
  readonly projects: readonly ProjectInventory[];
  readonly keys: ApiKeys;
  readonly unjudged: readonly UnjudgedPart[];
}

/** So many projects are read at once; the client's limits hold all the same. */
const AT_ONCE = 8;

/**
 * Reads an organisation: a few calls, then one to three for each project. What a call may not see becomes `unjudged`; what makes every
 * further call as useless, such as a refused key, is thrown.
 * @param isWanted which projects are read; all of them when omitted
 */
export async function readInventory(
  api: NeonApi,
  orgId: string,
  progress: (done: number, all: number) => void,
  isWanted: (project: ProjectListItem) => boolean = () => true,
): Promise<Inventory> {
  const unjudged: UnjudgedPart[] = [];
  const named = await tryRead(api.getOrganization(orgId));
  const organization: ResourceRef = { kind: "organization", id: orgId, name: named?.name ?? orgId };
  const tell = (resource: ResourceRef, what: string) => (error: PalisadeError) => {
    unjudged.push({ resource, what, reason: error.detail });
  };
  const oneProject = named === undefined;
  if (oneProject)
    unjudged.push({ resource: organization, what: "its other projects, its private endpoints", reason: "the key belongs to one project" });
  const projects = (await api.listProjects(orgId)).filter(isWanted);
  const endpoints = oneProject
    ? undefined
    : (await tryRead(api.vpc.listAssigned(orgId), tell(organization, "private endpoints")))?.endpoints;
  const keys: ApiKeys = oneProject
    ? { ofOrganization: undefined, ofPerson: undefined }
    : { ofOrganization: await tryRead(api.people.listKeys({ orgId })), ofPerson: await tryRead(api.people.listKeys({})) };
  let done = 0;
  const read = await mapConcurrently(projects, async (project) => {
    const one = await readProject(api, project, endpoints, (what) => tell(toProjectRef(project), what));
    progress((done += 1), projects.length);
    return one;
  });
  return { organization, oneProject, projects: read.sort(compareByName), keys, unjudged: unjudged.sort(compareByResource) };
}

export const toProjectRef = ({ id, name }: ProjectListItem): ResourceRef => ({ kind: "project", id, name });

type AssignedEndpoints = z.output<typeof VpcEndpointsWithRegionResponse>["endpoints"];

async function readProject(
  api: NeonApi,
  project: ProjectListItem,
  endpoints: AssignedEndpoints | undefined,
  tell: (what: string) => (error: PalisadeError) => void,
): Promise<ProjectInventory> {
  const assigned = endpoints?.filter(({ region_id }) => region_id === project.region_id).map(({ vpc_endpoint_id }) => vpc_endpoint_id);
  const { block_public_connections: publicBlocked, block_vpc_connections: privateBlocked } = project.settings ?? {};
  const nobody = publicBlocked === true && (privateBlocked === true || assigned?.length === 0);
  const [page, computes, restricted] = await Promise.all([
    tryRead(api.listBranches(project.id), tell("branches")),
    nobody ? { endpoints: [] } : tryRead(api.listComputes(project.id), tell("computes")),
    assigned?.length === 0 ? [] : tryRead(api.vpc.listRestrictions(project.id), tell("private endpoints")),
  ]);
  const origins = await readOrigins(api, project.id, page?.branches ?? [], tell("whose rows its restored branches carry"));
  return {
    project,
    branches: page?.branches,
    origins,
    annotations: page?.annotations ?? {},
    computes: computes?.endpoints,
    assigned,
    restricted: restricted?.map(({ vpc_endpoint_id }) => vpc_endpoint_id),
  };
}

/**
 * Whose rows the branches carry that were made of snapshots. A snapshot knows; of one that is gone or cannot be read, the branch that it
 * was restored for is the best guess, and `tell` hears that it is one.
 */
export async function readOrigins(
  api: NeonApi,
  projectId: string,
  branches: readonly Branch[],
  tell: (error: PalisadeError) => void,
): Promise<ReadonlyMap<string, string>> {
  const restored = branches.filter(({ parent_id, restored_from }) => parent_id === undefined && restored_from !== undefined);
  const origins = new Map<string, string>();
  if (restored.length === 0) return origins;
  const snapshots = await tryRead(api.snapshots.list(projectId), tell);
  const sources = new Map(snapshots?.map((snapshot) => [snapshot.id, snapshot.source_branch_id]));
  for (const { id, name, restored_from: from = "", restored_as: guess } of restored) {
    if (snapshots && !sources.has(from))
      tell(new PalisadeError("PAL_NOT_FOUND", `snapshot ${from}, of which branch ${name} was made, does not exist`));
    const source = sources.get(from) ?? guess;
    if (source !== undefined) origins.set(id, source);
  }
  return origins;
}

/** Errors about one object; any other error would fail the next call as well. */
const OF_THE_OBJECT = [
  "PAL_FORBIDDEN",
  "PAL_PLAN_LIMIT",
  "PAL_NOT_FOUND",
  "PAL_GONE_UNPROVED",
  "PAL_REFUSED",
  "PAL_BUSY",
  "PAL_SERVER_FAILED",
  "PAL_BAD_ANSWER",
] as const;

export async function tryRead<R>(call: Promise<R>, tell?: (error: PalisadeError) => void): Promise<R | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!isPalisadeError(error, ...OF_THE_OBJECT)) throw error;
    tell?.(error);
    return undefined;
  }
}

export async function mapConcurrently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const compareByName = (a: ProjectInventory, b: ProjectInventory) =>
  compare(a.project.name, b.project.name) || compare(a.project.id, b.project.id);
const compareByResource = (a: UnjudgedPart, b: UnjudgedPart) => compare(a.resource.id, b.resource.id) || compare(a.what, b.what);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
