import { type BranchFacts, branchReach, latentReach, type Reach, unionReach } from "../../contract/reachability.js";
import { NOBODY, type Reaches, type ReachabilityModel } from "./model.js";

const computed = new WeakMap<ReachabilityModel, ReadonlyMap<string, Reaches>>();

/** Who may try to authenticate to each branch, by its id. Linear in the model; a model is computed once. */
export function reachOf(model: ReachabilityModel): ReadonlyMap<string, Reaches> {
  const reaches = computed.get(model) ?? computeReach(model);
  computed.set(model, reaches);
  return reaches;
}

function computeReach({ facts, branches, computes }: ReachabilityModel): ReadonlyMap<string, Reaches> {
  const running = new Map(computes.filter(({ disabled }) => !disabled).map((compute) => [compute.branchId, compute]));
  // Of thousands of branches there are four sorts: the list is read once for each, not once for each branch.
  const reach = memoise(({ id, ...branch }: BranchFacts) => {
    const compute = running.get(id);
    return branchReach(facts, { id, ...branch }, compute ? [compute] : []);
  });
  const latent = memoise((branch: BranchFacts) => latentReach(facts, branch));
  const sortOf = (branch: BranchFacts) => `${running.has(branch.id) ? "running" : "resting"} ${String(branch.protected)}`;
  const carried = sortsOfCarriers(branches, sortOf);
  const rows = memoise((sorts: ReadonlyMap<string, BranchFacts>): Reach =>
    [...sorts].map(([sort, branch]) => reach(sort, branch)).reduce(unionReach, NOBODY),
  );
  return new Map(
    branches.map((branch) => {
      const sorts = carried.get(branch.id) ?? new Map<string, BranchFacts>();
      return [
        branch.id,
        {
          reach: reach(sortOf(branch), branch),
          latent: latent(String(branch.protected), branch),
          dataReach: rows([...sorts.keys()].sort().join(), sorts),
        },
      ];
    }),
  );
}

/** Of each branch the sorts of itself and of all that carry its rows, each with one branch of it. */
function sortsOfCarriers(
  branches: readonly BranchFacts[],
  sortOf: (branch: BranchFacts) => string,
): ReadonlyMap<string, ReadonlyMap<string, BranchFacts>> {
  const byId = new Map(branches.map((branch) => [branch.id, branch]));
  const carried = new Map(branches.map(({ id }) => [id, new Map<string, BranchFacts>()]));
  for (const branch of branches) {
    const sort = sortOf(branch);
    // Upwards until somebody has told already: no branch is told of a sort twice.
    for (let at: BranchFacts | undefined = branch; at !== undefined && carried.get(at.id)?.has(sort) === false;) {
      carried.get(at.id)?.set(sort, branch);
      const { schemaOnly, parentId }: BranchFacts = at;
      at = schemaOnly === true || parentId === undefined ? undefined : byId.get(parentId);
    }
  }
  return carried;
}

function memoise<A, R>(compute: (argument: A) => R): (key: string, argument: A) => R {
  const known = new Map<string, R>();
  return (key, argument) => {
    const result = known.get(key) ?? compute(argument);
    known.set(key, result);
    return result;
  };
}
