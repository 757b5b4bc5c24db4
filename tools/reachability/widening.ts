import { type Reach, reachContains, unionReach } from "../../contract/reachability.js";
import { AddressSet, isNearlyEveryone } from "../../contract/ranges.js";
import type { Live, Sight } from "./live.js";

/**
 * What an approved change must not do, seen on live objects:
 * - `reach`, `rows`: a branch that was there before is reached, or its rows are, by somebody who did not reach them
 * - `protection`: a branch that was there before and still is loses its protection
 * - `moment`: between two steps a branch is reached by somebody who reaches it neither before nor after
 * - `born`: a new branch is reached by everybody or nearly everybody; a new branch or project with a shorter list may be approved
 * - `latent`: more could connect as soon as a compute runs or a block is lifted. Told, and not required: nobody can connect yet.
 */
export type WideningKind = "reach" | "rows" | "protection" | "moment" | "born" | "latent";

export interface Widening {
  readonly kind: WideningKind;
  /** `shop/main: 0.0.0.0/0` */
  readonly what: string;
  /** Whether it is private endpoints that then connect: assignments, restrictions and blocks, and not address lists alone. */
  readonly isPrivate: boolean;
}

export const isGrave = ({ kind }: Widening): boolean => kind !== "latent";

const admitsStrangers = ({ public: set }: Reach): boolean => isNearlyEveryone(set);

export function wideningsOf(before: Live, moments: readonly Live[], after: Live): Widening[] {
  const found = new Map<string, Widening>();
  const add = (kind: WideningKind, sight: Sight, more: Reach | undefined) => {
    const key = `${kind} ${sight.branchId}`;
    if (!found.has(key))
      found.set(key, {
        ...{ kind, what: `${sight.projectId}/${sight.name}${more ? `: ${textOf(more)}` : ""}` },
        isPrivate: (more?.private.size ?? 0) > 0,
      });
  };
  for (const [id, sight] of after) {
    const earlier = before.get(id);
    if (!earlier) {
      if (admitsStrangers(sight.reach)) add("born", sight, sight.reach);
      continue;
    }
    for (const [kind, part] of [
      ["reach", "reach"],
      ["rows", "data"],
      ["latent", "latent"],
    ] as const)
      if (!reachContains(earlier[part], sight[part])) add(kind, sight, without(sight[part], earlier[part]));
    if (earlier.protected && !sight.protected) add("protection", sight, undefined);
  }
  for (const moment of moments)
    for (const [id, sight] of moment) {
      const ends = [before.get(id), after.get(id)].flatMap((end) => (end ? [end] : []));
      for (const part of ["reach", "data"] as const) {
        const both = ends.map((end) => end[part]).reduce(unionReach, NOBODY);
        // A new branch may be reached by few for a moment, and by fewer afterwards.
        if (!reachContains(both, sight[part]) && (before.has(id) || admitsStrangers(sight[part])))
          add("moment", sight, without(sight[part], both));
      }
    }
  return [...found.values()];
}

/** Names of branches that are there no more. */
export const goneOf = (before: Live, after: Live): string[] =>
  [...before.values()].filter(({ branchId }) => !after.has(branchId)).map(({ projectId, name }) => `${projectId}/${name}`);

const NOBODY: Reach = { public: AddressSet.nobody, private: new Set() };

const without = (a: Reach, b: Reach): Reach => ({
  public: a.public.minus(b.public),
  private: new Set([...a.private].filter((id) => !b.private.has(id))),
});

const MOST = 4;

export function textOf({ public: set, private: ids }: Reach): string {
  const ranges = set.toRanges();
  const shown = [...ranges.slice(0, MOST), ...(ranges.length > MOST ? ["…"] : []), ...ids];
  return shown.length === 0 ? "nobody" : shown.join(", ");
}
