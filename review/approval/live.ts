import type { NeonApi } from "../../provider/client/api.js";
import { type Change, type Declared } from "../change/model.js";
import { kindOf } from "../../provider/resources/kind.js";
import type { RecordedState } from "../change/state.js";
import { digestOf } from "./canonical.js";

/** What is recorded of a resource, as far as it says which project it is about. */
export type Held = Pick<Declared, "kind" | "id" | "inputs">;

export const heldBefore = ({ resources }: Change): Held[] => resources.flatMap(({ before }) => (before ? [before] : []));

/** The same of a state, without what a replacement left to delete. */
export const heldIn = ({ resources }: RecordedState): Held[] =>
  resources.flatMap(({ type, id, inputs, delete: leftover }) => (leftover === true ? [] : [{ kind: kindOf(type), id, inputs }]));

/** The client for an account of the program, by name; undefined is the main one. */
export type ApiOf = (account: string | undefined) => NeonApi;

/**
 * A digest of the live objects that say who reaches the stack's projects: their settings, branches, computes and VPC restrictions.
 * Four calls for each project. Any call that fails fails the whole: what cannot be read cannot be vouched for.
 */
export async function liveDigest(recorded: readonly Held[], apiOf: ApiOf): Promise<string> {
  const projects = new Map<string, string | undefined>();
  for (const one of recorded) {
    const id = projectOf(one);
    if (id !== undefined) projects.set(id, accountOf(one));
  }
  const live: unknown[] = [];
  for (const [id, account] of [...projects].sort(([a], [b]) => (a < b ? -1 : 1))) live.push(await readLive(apiOf(account), id));
  return digestOf(live);
}

const accountOf = ({ inputs }: Held): string | undefined => (typeof inputs["account"] === "string" ? inputs["account"] : undefined);

function projectOf({ kind, id, inputs }: Held): string | undefined {
  if (kind === "Project") return id;
  return kind !== undefined && typeof inputs["projectId"] === "string" ? inputs["projectId"].split("/", 1)[0] : undefined;
}

async function readLive(api: NeonApi, id: string): Promise<unknown> {
  const found = await api.project(id);
  // What does not exist any more has moved, and says so.
  if (found === undefined) return { id, exists: false };
  const [{ branches }, { endpoints }, restrictions] = await Promise.all([api.branches(id), api.computes(id), api.vpc.restrictions(id)]);
  const { allowed_ips, block_public_connections, block_vpc_connections, audit_log_level, hipaa } = found.project.settings ?? {};
  return {
    ...{ id, name: found.project.name, historySeconds: found.project.history_retention_seconds },
    settings: { allowed_ips, block_public_connections, block_vpc_connections, audit_log_level, hipaa },
    branches: branches
      .map(({ id, name, parent_id, protected: isProtected, default: isDefault, expires_at }) => ({
        ...{ id, name, parent_id },
        isProtected,
        isDefault,
        expires_at,
      }))
      .sort(byId),
    computes: endpoints.map(({ id, branch_id, type, disabled }) => ({ id, branch_id, type, disabled })).sort(byId),
    restrictions: (restrictions ?? []).map(({ vpc_endpoint_id: id }) => ({ id })).sort(byId),
  };
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
