import { lastPart } from "../../contract/ids.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { Recorded } from "../../review/change/state.js";
import { kindOf } from "../../review/change/model.js";

/** A branch that the state knows by an id which another branch has taken the place of. */
export interface Move {
  readonly urn: string;
  readonly projectId: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Why a branch of the state is not bound to another one although it is no longer what the state says. */
export interface Unclear {
  readonly urn: string;
  readonly why: string;
}

/**
 * Which branches of the state were replaced: the recorded one is gone or bears another name, and exactly one live branch bears the recorded
 * name; for a project, its default branch is another one. Pure. @param branches the live ones, by project id
 */
export function movesOf(
  resources: readonly Recorded[],
  branches: ReadonlyMap<string, readonly Branch[]>,
): { moves: Move[]; unclear: Unclear[] } {
  const moves: Move[] = [];
  const unclear: Unclear[] = [];
  for (const resource of resources) {
    const found = recordedBranch(resource);
    const live = found && branches.get(found.projectId);
    if (!found || !live) continue;
    const { urn } = resource;
    const { projectId, from } = found;
    const own = live.find(({ id }) => id === from);
    const holders = live.filter((one) => one.id !== from && (found.name === undefined ? one.default : one.name === found.name));
    const stands = found.name === undefined ? own?.default === true : own?.name === found.name;
    if (stands) continue;
    const [holder, ...others] = holders;
    if (holder && others.length === 0) moves.push({ urn, projectId, name: holder.name, from, to: holder.id });
    else if (own === undefined) unclear.push({ urn, why: `branch ${from} is gone, and ${holders.length} branches bear its name` });
  }
  const targets = new Map<string, Move[]>();
  for (const move of moves) targets.set(move.to, [...(targets.get(move.to) ?? []), move]);
  // Of two resources that would be bound to one branch neither is right for sure, unless both are the same branch by two names.
  const clash = [...targets.values()].filter((list) => new Set(list.map(({ from }) => from)).size > 1).flat();
  return {
    moves: moves.filter((move) => !clash.includes(move)),
    unclear: [...unclear, ...clash.map(({ urn, to }) => ({ urn, why: `another resource would be bound to ${to} as well` }))],
  };
}

interface Found {
  projectId: string;
  from: string;
  /** undefined for a project, whose branch is known by being the default one. */
  name: string | undefined;
}

function recordedBranch({ type, id = "", inputs, outputs }: Recorded): Found | undefined {
  const kind = kindOf(type);
  // A refresh writes the live name into the inputs; an update that failed then leaves the wanted one in the outputs.
  const name = outputs["name"] ?? inputs["name"];
  if (kind === "Branch" && typeof name === "string") {
    const [projectId = ""] = id.split("/", 1);
    return { projectId, from: lastPart(id), name };
  }
  const { defaultBranchId } = outputs;
  return kind === "Project" && typeof defaultBranchId === "string" ? { projectId: id, from: defaultBranchId, name: undefined } : undefined;
}
