import { getLastPart } from "../../contract/ids.js";
import type { Branch } from "../../contract/wire/branch.js";
import type { RecordedResource } from "../../review/change/state.js";
import { findKind } from "../../provider/resources/shared/kind.js";

/** A branch that the state knows by an id which another branch has taken the place of. */
export interface Rebinding {
  readonly urn: string;
  readonly projectId: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Why a branch of the state is not bound to another one although it is no longer what the state says. */
export interface UnclearBinding {
  readonly urn: string;
  readonly why: string;
}

/**
 * Which branches of the state were replaced: a live branch says of itself that it was restored as the recorded one. A name alone says
 * nothing: anybody may give it to a branch. Pure. @param branches the live ones, by project id
 */
export function findRebindings(
  resources: readonly RecordedResource[],
  branches: ReadonlyMap<string, readonly Branch[]>,
): { moves: Rebinding[]; unclear: UnclearBinding[] } {
  const moves: Rebinding[] = [];
  const unclear: UnclearBinding[] = [];
  for (const resource of resources) {
    const found = findRecordedBranch(resource);
    const live = found && branches.get(found.projectId);
    if (!found || !live) continue;
    const { urn } = resource;
    const { projectId, from } = found;
    const successors = listSuccessors(from, live);
    const [successor] = successors;
    if (successors.length > 1)
      unclear.push({ urn, why: `each of ${successors.map(({ id }) => id).join(", ")} says that it took the place of ${from}` });
    else if (successor) moves.push({ urn, projectId, name: successor.name, from, to: successor.id });
    else unclear.push(...listMissingSuccessor(urn, found, live));
  }
  const targets = new Map<string, Rebinding[]>();
  for (const move of moves) targets.set(move.to, [...(targets.get(move.to) ?? []), move]);
  // Of two resources that would be bound to one branch neither is right for sure, unless both are the same branch by two names.
  const clash = [...targets.values()].filter((list) => new Set(list.map(({ from }) => from)).size > 1).flat();
  return {
    moves: moves.filter((move) => !clash.includes(move)),
    unclear: [...unclear, ...clash.map(({ urn, to }) => ({ urn, why: `another resource would be bound to ${to} as well` }))],
  };
}

/** Those that took the place of a branch, directly or one after another, and whose place nobody took. */
function listSuccessors(from: string, live: readonly Branch[], seen: ReadonlySet<string> = new Set([from])): Branch[] {
  return live
    .filter(({ id, restored_as, restore_status }) => restored_as === from && restore_status === "finalized" && !seen.has(id))
    .flatMap((branch) => {
      const next = listSuccessors(branch.id, live, new Set([...seen, branch.id]));
      return next.length > 0 ? next : [branch];
    });
}

function listMissingSuccessor(urn: string, { from, name }: RecordedBranch, live: readonly Branch[]): UnclearBinding[] {
  const own = live.find(({ id }) => id === from);
  if (own && (name === undefined || own.name === name)) return [];
  const holders = live.filter((one) => one.id !== from && (name === undefined ? one.default : one.name === name)).map(({ id }) => id);
  if (holders.length === 0) return own ? [] : [{ urn, why: `branch ${from} is gone, and no branch says that it took its place` }];
  // Only a create looks at adopt; a project finds its default branch by itself.
  const [bears, remedy] =
    name === undefined
      ? ["is the default branch", "if it is meant, run pulumi refresh"]
      : ["bears its name", "if it is meant, remove the old one from the state with pulumi state delete and name this one in adopt"];
  return [{ urn, why: `${holders.join(", ")} ${bears} and does not say that it took the place of ${from}; ${remedy}` }];
}

interface RecordedBranch {
  projectId: string;
  from: string;
  /** undefined for a project, whose branch is known by being the default one. */
  name: string | undefined;
}

function findRecordedBranch({ type, id = "", inputs, outputs }: RecordedResource): RecordedBranch | undefined {
  const kind = findKind(type);
  // A refresh writes the live name into the inputs; an update that failed then leaves the wanted one in the outputs.
  const name = outputs["name"] ?? inputs["name"];
  if (kind === "Branch" && typeof name === "string") {
    const [projectId = ""] = id.split("/", 1);
    return { projectId, from: getLastPart(id), name };
  }
  const { defaultBranchId } = outputs;
  return kind === "Project" && typeof defaultBranchId === "string" ? { projectId: id, from: defaultBranchId, name: undefined } : undefined;
}
