import type { NeonApi } from "../../provider/client/api.js";
import { type Change, type Declared } from "../change/change.js";
import { findKind } from "../../provider/introspection.js";
import type { RecordedState } from "../change/state.js";
import { computeDigest } from "./digest.js";

/** What is recorded of a resource, as far as it says which project it is about. */
export type ProjectReference = Pick<Declared, "kind" | "id" | "inputs">;

export const listReferencesBefore = ({ resources }: Change): ProjectReference[] =>
  resources.flatMap(({ before }) => (before ? [before] : []));

/** The same of a state, without what a replacement left to delete. */
export const listReferences = ({ resources }: RecordedState): ProjectReference[] =>
  resources.flatMap(({ type, id, inputs, delete: leftover }) => (leftover === true ? [] : [{ kind: findKind(type), id, inputs }]));

/** The client for an account of the program, by name; undefined is the main one. */
export type ApiLookup = (account: string | undefined) => NeonApi;

/**
 * A digest of the live objects that say who reaches the stack's projects: their settings, branches, computes and VPC restrictions.
 * Four calls for each project. Any call that fails fails the whole: what cannot be read cannot be approved.
 */
export async function computeLiveDigest(recorded: readonly ProjectReference[], apiOf: ApiLookup): Promise<string> {
  const projects = new Map<string, string | undefined>();
  for (const one of recorded) {
    const id = findProjectId(one);
    if (id !== undefined) projects.set(id, findAccount(one));
  }
  const live: unknown[] = [];
  for (const [id, account] of [...projects].sort(([a], [b]) => (a < b ? -1 : 1))) live.push(await readLiveProject(apiOf(account), id));
  return computeDigest(live);
}

const findAccount = ({ inputs }: ProjectReference): string | undefined =>
  typeof inputs["account"] === "string" ? inputs["account"] : undefined;

function findProjectId({ kind, id, inputs }: ProjectReference): string | undefined {
  if (kind === "Project") return id;
  return kind !== undefined && typeof inputs["projectId"] === "string" ? inputs["projectId"].split("/", 1)[0] : undefined;
}

async function readLiveProject(api: NeonApi, id: string): Promise<unknown> {
  const found = await api.findProject(id);
  // What does not exist any more has moved, and says so.
  if (found === undefined) return { id, exists: false };
  const [{ branches }, { endpoints }, restrictions] = await Promise.all([
    api.listBranches(id),
    api.listComputes(id),
    api.vpc.listRestrictions(id),
  ]);
  const { allowed_ips, block_public_connections, block_vpc_connections, audit_log_level, hipaa } = found.project.settings ?? {};
  return {
    id,
    name: found.project.name,
    historySeconds: found.project.history_retention_seconds,
    settings: { allowed_ips, block_public_connections, block_vpc_connections, audit_log_level, hipaa },
    branches: branches
      .map(({ id, name, parent_id, protected: isProtected, default: isDefault, expires_at }) => ({
        id,
        name,
        parent_id,
        isProtected,
        isDefault,
        expires_at,
      }))
      .sort(compareById),
    computes: endpoints.map(({ id, branch_id, type, disabled }) => ({ id, branch_id, type, disabled })).sort(compareById),
    restrictions: (restrictions ?? []).map(({ vpc_endpoint_id: id }) => ({ id })).sort(compareById),
  };
}

const compareById = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
