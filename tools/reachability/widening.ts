import { type Reach, containsReach, mergeReach } from "../../contract/reachability.js";
import { AddressSet, isNearlyEveryone } from "../../contract/ranges.js";
import type { ObservedBranches, ObservedBranch } from "./observer.js";

/**
 * What an approved change must not do, seen on live objects:
 * - `reach`, `rows`: a branch that was there before is reached, or its rows are, by somebody who did not reach them
 * - `protection`: a branch that was there before and still is loses its protection
 * - `moment`: between two steps a branch is reached by somebody who reaches it neither before nor after
 * - `created`: a new branch is reached by everybody or nearly everybody; a new branch or project with a shorter list may be approved
 * - `latent`: more could connect as soon as a compute runs or a block is lifted. Told, and not required: nobody can connect yet.
 */
export type WideningKind = "reach" | "rows" | "protection" | "moment" | "created" | "latent";

export interface Widening {
  readonly kind: WideningKind;
  /** `shop/main: 0.0.0.0/0` */
  readonly what: string;
  /** Whether it is private endpoints that then connect: assignments, restrictions and blocks, and not address lists alone. */
  readonly isPrivate: boolean;
}

export const isImmediate = ({ kind }: Widening): boolean => kind !== "latent";

const isOpenToEveryone = ({ public: set }: Reach): boolean => isNearlyEveryone(set);

export function findWidenings(before: ObservedBranches, moments: readonly ObservedBranches[], after: ObservedBranches): Widening[] {
  const found = new Map<string, Widening>();
  const add = (kind: WideningKind, observed: ObservedBranch, more: Reach | undefined) => {
    const key = `${kind} ${observed.branchId}`;
    if (!found.has(key))
      found.set(key, {
        kind,
        what: `${observed.projectId}/${observed.name}${more ? `: ${formatReach(more)}` : ""}`,
        isPrivate: (more?.private.size ?? 0) > 0,
      });
  };
  for (const [id, observed] of after) {
    const earlier = before.get(id);
    if (!earlier) {
      if (isOpenToEveryone(observed.reach)) add("created", observed, observed.reach);
      continue;
    }
    for (const [kind, part] of [
      ["reach", "reach"],
      ["rows", "data"],
      ["latent", "latent"],
    ] as const)
      if (!containsReach(earlier[part], observed[part])) add(kind, observed, subtractReach(observed[part], earlier[part]));
    if (earlier.protected && !observed.protected) add("protection", observed, undefined);
  }
  for (const moment of moments)
    for (const [id, observed] of moment) {
      const ends = [before.get(id), after.get(id)].flatMap((end) => (end ? [end] : []));
      for (const part of ["reach", "data"] as const) {
        const both = ends.map((end) => end[part]).reduce(mergeReach, NOBODY);
        // A new branch may be reached by few for a moment, and by fewer afterwards.
        if (!containsReach(both, observed[part]) && (before.has(id) || isOpenToEveryone(observed[part])))
          add("moment", observed, subtractReach(observed[part], both));
      }
    }
  return [...found.values()];
}

/** Names of branches that are there no more. */
export const listRemovedBranches = (before: ObservedBranches, after: ObservedBranches): string[] =>
  [...before.values()].filter(({ branchId }) => !after.has(branchId)).map(({ projectId, name }) => `${projectId}/${name}`);

const NOBODY: Reach = { public: AddressSet.nobody, private: new Set() };

const subtractReach = (a: Reach, b: Reach): Reach => ({
  public: a.public.subtract(b.public),
  private: new Set([...a.private].filter((id) => !b.private.has(id))),
});

const MOST = 4;

export function formatReach({ public: set, private: ids }: Reach): string {
  const ranges = set.toRanges();
  const shown = [...ranges.slice(0, MOST), ...(ranges.length > MOST ? ["…"] : []), ...ids];
  return shown.length === 0 ? "nobody" : shown.join(", ");
}
