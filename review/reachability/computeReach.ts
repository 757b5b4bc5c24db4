import { type BranchFacts, computeBranchReach, computeLatentReach, type Reach, mergeReach } from "../../contract/reachability.js";
import { NOBODY, type BranchReaches, type ReachabilityModel } from "./model.js";

const reachesByModel = new WeakMap<ReachabilityModel, ReadonlyMap<string, BranchReaches>>();

/** Who may try to authenticate to each branch, by its id. Linear in the model; a model is computed once. */
export function getReaches(model: ReachabilityModel): ReadonlyMap<string, BranchReaches> {
  const reaches = reachesByModel.get(model) ?? computeReach(model);
  reachesByModel.set(model, reaches);
  return reaches;
}

/** Of what a running branch's reach is made: whether it is protected. A set of these is a number, and a branch without a running compute adds nothing. */
const SORTS = { protected: 1, unprotected: 2 } as const;

function computeReach({ facts, branches, computes }: ReachabilityModel): ReadonlyMap<string, BranchReaches> {
  const running = new Map(computes.filter(({ disabled }) => !disabled).map((compute) => [compute.branchId, compute]));
  const sortOf = ({ id, protected: isProtected }: BranchFacts): number =>
    running.has(id) ? (isProtected ? SORTS.protected : SORTS.unprotected) : 0;
  // Of thousands of branches there are few sorts: the list is read once for each, not once for each branch.
  const one = new Map(branches.map((branch) => [sortOf(branch), branch]));
  const reachOfSort = memoise((sort: number): Reach => {
    const branch = one.get(sort);
    const compute = branch && running.get(branch.id);
    return branch && compute ? computeBranchReach(facts, branch, [compute]) : NOBODY;
  });
  // The same object where it is the same reach: who compares has less to do.
  const reachOfSorts = memoise((sorts: number): Reach => {
    const reaches = Object.values(SORTS)
      .filter((sort) => (sorts & sort) !== 0)
      .map(reachOfSort);
    return reaches.length < 2 ? (reaches[0] ?? NOBODY) : reaches.reduce(mergeReach);
  });
  const isBlocked = facts.blockPublicConnections || facts.blockVpcConnections;
  const latentOf = memoise((isProtected: boolean): Reach => {
    const sort = isProtected ? SORTS.protected : SORTS.unprotected;
    return !isBlocked && one.has(sort) ? reachOfSort(sort) : computeLatentReach(facts, { id: "", protected: isProtected });
  });
  const carried = collectCarriers(branches, sortOf);
  const reachesOf = memoise((alike: number): BranchReaches => {
    const [sort, isProtected, sorts] = [alike & 3, (alike & 4) !== 0, alike >> 3];
    return { reach: reachOfSort(sort), latent: latentOf(isProtected), dataReach: reachOfSorts(sorts) };
  });
  const reaches = new Map<string, BranchReaches>();
  for (const branch of branches)
    reaches.set(branch.id, reachesOf(sortOf(branch) | (branch.protected ? 4 : 0) | ((carried.get(branch.id) ?? 0) << 3)));
  return reaches;
}

/** Of each branch the sorts of itself and of all that carry its rows. */
function collectCarriers(branches: readonly BranchFacts[], sortOf: (branch: BranchFacts) => number): ReadonlyMap<string, number> {
  const byId = new Map(branches.map((branch) => [branch.id, branch]));
  const carried = new Map<string, number>();
  for (const branch of branches) {
    const sort = sortOf(branch);
    if (sort === 0) continue;
    // Upwards until the sort is already recorded, so that each branch is visited once for each sort.
    for (let at: BranchFacts | undefined = branch; at !== undefined && ((carried.get(at.id) ?? 0) & sort) === 0;) {
      carried.set(at.id, (carried.get(at.id) ?? 0) | sort);
      const { schemaOnly, parentId }: BranchFacts = at;
      at = schemaOnly === true || parentId === undefined ? undefined : byId.get(parentId);
    }
  }
  return carried;
}

function memoise<A, R>(compute: (argument: A) => R): (argument: A) => R {
  const known = new Map<A, R>();
  return (argument) => {
    const result = known.get(argument) ?? compute(argument);
    known.set(argument, result);
    return result;
  };
}
