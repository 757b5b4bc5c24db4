import * as pulumi from "@pulumi/pulumi";
import { getLastPart } from "../../contract/ids.js";
import { PalisadeError } from "../../contract/errors.js";
import { NeonApi } from "../../provider/client/api.js";
import { readConfiguration } from "../../provider/client/configuration.js";
import { RateLimiter } from "../../provider/client/rateLimiter.js";
import { resolveOrganisation } from "../../provider/client/organisation.js";

/**
 * Look-ups in a program: what exists, by name or as a list. The only part of the package that calls the API while a program runs, with the same
 * configuration and key as the provider. Nothing is managed by it; what a look-up finds can be given to `<Class>.get`.
 * All of them throw the registry's errors (docs/errors.md): PAL_NO_KEY, PAL_KEY_REFUSED, PAL_UNREACHABLE and the like.
 */
export interface LookupOptions {
  /** Name of an account in `palisade:accounts`; the main one when omitted. */
  readonly account?: string | undefined;
}

export interface FoundProject {
  /** As `Project.get` takes it, such as `quiet-lake-12345678`. */
  readonly id: string;
  /** Not unique in an organisation. */
  readonly name: string;
  /** Such as `aws-eu-central-1`. */
  readonly regionId: string;
  /** Major version of Postgres, such as 17. */
  readonly pgVersion: number;
}

export interface FoundBranch {
  /** `project/branch`, as `Branch.get` takes it. */
  readonly id: string;
  /** The id at Neon, such as `br-wispy-sun-b343qpnf`. */
  readonly branchId: string;
  /** Unique in the project. */
  readonly name: string;
  /** Whether it can be neither deleted nor reset. */
  readonly protected: boolean;
  /** Whether it is the project's default branch. */
  readonly isDefault: boolean;
  /** The id at Neon of the branch that it was made from; absent for the root. */
  readonly parentBranchId: string | undefined;
}

export interface FoundCompute {
  /** `project/compute`, as `ComputeEndpoint.get` takes it. */
  readonly id: string;
  /** The id at Neon, such as `ep-orange-wind-avthvs1g`. */
  readonly endpointId: string;
  /** The id at Neon of the branch that it serves. */
  readonly branchId: string;
  /** `read_write` or `read_only`. */
  readonly type: string;
  /** Host name for connections without the pooler. */
  readonly host: string;
}

/** All projects of the account's organisation that the key sees. */
export async function listProjects(options: LookupOptions = {}): Promise<FoundProject[]> {
  const { api, orgId } = await getClient(options);
  return (await api.listProjects(orgId)).map(({ id, name, region_id, pg_version }) => ({
    id,
    name,
    regionId: region_id,
    pgVersion: pg_version,
  }));
}

/** The one project of this name. @throws PAL_LOOKUP when there is none, or more than one */
export async function findProject(name: string, options: LookupOptions = {}): Promise<FoundProject> {
  return findOnly("project", name, await listProjects(options), ({ id }) => id);
}

/** All branches of a project. */
export async function listBranches(projectId: string, options: LookupOptions = {}): Promise<FoundBranch[]> {
  const { api } = await getClient(options);
  const { branches } = await api.listBranches(projectId);
  return branches.map((branch) => ({
    id: `${projectId}/${branch.id}`,
    branchId: branch.id,
    name: branch.name,
    protected: branch.protected,
    isDefault: branch.default,
    parentBranchId: branch.parent_id,
  }));
}

/** The branch of this name. @throws PAL_LOOKUP when there is none */
export async function findBranch(projectId: string, name: string, options: LookupOptions = {}): Promise<FoundBranch> {
  return findOnly(`branch of ${projectId}`, name, await listBranches(projectId, options), ({ branchId }) => branchId);
}

/** All computes of a project. */
export async function listComputes(projectId: string, options: LookupOptions = {}): Promise<FoundCompute[]> {
  const { api } = await getClient(options);
  const { endpoints } = await api.listComputes(projectId);
  return endpoints.map(({ id, branch_id, type, host }) => ({ id: `${projectId}/${id}`, endpointId: id, branchId: branch_id, type, host }));
}

/** Names of the roles of a branch, given by bare or composite id. */
export async function listRoleNames(projectId: string, branchId: string, options: LookupOptions = {}): Promise<string[]> {
  const { api } = await getClient(options);
  const roles = await api.listRoles(projectId, getLastPart(branchId));
  if (!roles) throw new PalisadeError("PAL_LOOKUP", `there is no branch ${branchId} in ${projectId}`);
  return roles.map(({ name }) => name);
}

/** Databases of a branch, given by bare or composite id. */
export async function listDatabases(
  projectId: string,
  branchId: string,
  options: LookupOptions = {},
): Promise<{ readonly id: string; readonly name: string; readonly ownerName: string }[]> {
  const { api } = await getClient(options);
  const branch = getLastPart(branchId);
  const databases = await api.listDatabases(projectId, branch);
  if (!databases) throw new PalisadeError("PAL_LOOKUP", `there is no branch ${branchId} in ${projectId}`);
  return databases.map(({ id, name, owner_name }) => ({ id: `${projectId}/${branch}/${id}`, name, ownerName: owner_name }));
}

function findOnly<T extends { name: string }>(what: string, name: string, all: readonly T[], idOf: (item: T) => string): T {
  const found = all.filter((item) => item.name === name);
  const [first, second] = found;
  if (!first) throw new PalisadeError("PAL_LOOKUP", `there is no ${what} named "${name}"`);
  if (second) throw new PalisadeError("PAL_LOOKUP", `more than one ${what} is named "${name}": ${found.map(idOf).join(", ")}`);
  return first;
}

interface AccountClient {
  api: NeonApi;
  orgId: string;
}

/** One client for each account, so that a program's look-ups share one budget of calls. */
const clients = new Map<string | undefined, Promise<AccountClient>>();

function getClient({ account: name }: LookupOptions): Promise<AccountClient> {
  let open = clients.get(name);
  if (!open) {
    open = createClient(name).catch((error: unknown) => {
      clients.delete(name);
      throw error;
    });
    clients.set(name, open);
  }
  return open;
}

async function createClient(name: string | undefined): Promise<AccountClient> {
  const config = pulumi.runtime.allConfig();
  const { getAccount: account } = readConfiguration({ get: (key) => config[key] }, process.env, (line) => void pulumi.log.info(line));
  const { apiUrl, apiKey, orgId } = account(name);
  const api = new NeonApi(apiUrl, { apiKey, limiter: new RateLimiter() });
  return { api, orgId: await resolveOrganisation(api, { apiUrl, orgId }) };
}
