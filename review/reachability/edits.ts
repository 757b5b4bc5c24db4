import type { Direction } from "../../contract/findings.js";
import { AddressSet } from "../../contract/ranges.js";
import { type BranchFacts, type ComputeFacts, type ProjectFacts, type Reach, containsReach } from "../../contract/reachability.js";
import { getReaches } from "./computeReach.js";
import { NOBODY, type ReachabilityModel } from "./model.js";

/** A step from one model to another. */
export type ModelEdit = (model: ReachabilityModel) => ReachabilityModel;

export const updateFacts =
  (change: (facts: ProjectFacts) => Partial<ProjectFacts>): ModelEdit =>
  (model) => ({ ...model, facts: { ...model.facts, ...change(model.facts) } });

export const setProtection =
  (branchId: string, isProtected: boolean): ModelEdit =>
  ({ branches, ...model }) => ({
    ...model,
    branches: branches.map((branch) => (branch.id === branchId ? { ...branch, protected: isProtected } : branch)),
  });

export const addBranch =
  (branch: BranchFacts, computes: readonly ComputeFacts[]): ModelEdit =>
  (model) => ({ ...model, branches: [...model.branches, branch], computes: [...model.computes, ...computes] });

export const removeBranch =
  (id: string): ModelEdit =>
  (model) => ({
    ...model,
    branches: model.branches.filter((branch) => branch.id !== id),
    computes: model.computes.filter(({ branchId }) => branchId !== id),
  });

export const setCompute =
  (compute: ComputeFacts): ModelEdit =>
  (model) => ({ ...model, computes: [...model.computes.filter(({ id }) => id !== compute.id), compute] });

export const removeCompute =
  (id: string): ModelEdit =>
  (model) => ({ ...model, computes: model.computes.filter((compute) => compute.id !== id) });

/** What the second model admits and the first does not, and the other way round. */
export interface ReachDelta {
  readonly opens: boolean;
  readonly closes: boolean;
  /** Addresses that reach a branch only afterwards. */
  readonly opened: AddressSet;
}

export function computeDelta(before: ReachabilityModel, after: ReachabilityModel): ReachDelta {
  const [reachesBefore, reachesAfter] = [getReaches(before), getReaches(after)];
  let delta: ReachDelta = { opens: false, closes: false, opened: AddressSet.nobody };
  for (const id of new Set([...reachesBefore.keys(), ...reachesAfter.keys()])) {
    const [a, b] = [reachesBefore.get(id), reachesAfter.get(id)];
    const pairs: [Reach, Reach][] = [
      [a?.reach ?? NOBODY, b?.reach ?? NOBODY],
      [a?.dataReach ?? NOBODY, b?.dataReach ?? NOBODY],
      // What a branch would admit says something only of a branch that is there on both sides.
      ...(a && b ? [[a.latent, b.latent] satisfies [Reach, Reach]] : []),
    ];
    for (const [from, to] of pairs) delta = uniteDeltas(delta, compareReach(from, to));
  }
  return delta;
}

function compareReach(before: Reach, after: Reach): ReachDelta {
  const opens = !containsReach(before, after);
  const opened = opens ? after.public.subtract(before.public) : AddressSet.nobody;
  return { opens, closes: !containsReach(after, before), opened };
}

export const uniteDeltas = (a: ReachDelta, b: ReachDelta): ReachDelta => ({
  opens: a.opens || b.opens,
  closes: a.closes || b.closes,
  opened: a.opened.union(b.opened),
});

export const getDirection = ({ opens, closes }: Pick<ReachDelta, "opens" | "closes">): Direction =>
  opens ? "opens" : closes ? "closes" : "neutral";
