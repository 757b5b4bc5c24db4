import type { Direction } from "../../contract/findings.js";
import { AddressSet } from "../../contract/ranges.js";
import {
  branchReach,
  type BranchFacts,
  type ComputeFacts,
  dataReach,
  latentReach,
  type ProjectFacts,
  type Reach,
  reachContains,
} from "../../contract/reachability.js";

/** One project as reachability sees it. */
export interface World {
  readonly facts: ProjectFacts;
  readonly branches: readonly BranchFacts[];
  readonly computes: readonly ComputeFacts[];
}

/** A step from one world to another. */
export type Patch = (world: World) => World;

export const NOTHING: World = {
  facts: {
    ...{ ips: [], protectedBranchesOnly: false, blockPublicConnections: true, blockVpcConnections: true },
    ...{ vpcRestrictions: [], assignedVpcEndpoints: [] },
  },
  branches: [],
  computes: [],
};

export const withFacts =
  (change: (facts: ProjectFacts) => Partial<ProjectFacts>): Patch =>
  (world) => ({ ...world, facts: { ...world.facts, ...change(world.facts) } });

export const withProtection =
  (branchId: string, isProtected: boolean): Patch =>
  ({ branches, ...world }) => ({
    ...world,
    branches: branches.map((branch) => (branch.id === branchId ? { ...branch, protected: isProtected } : branch)),
  });

export const withBranch =
  (branch: BranchFacts, computes: readonly ComputeFacts[]): Patch =>
  (world) => ({
    ...world,
    branches: [...world.branches, branch],
    computes: [...world.computes, ...computes],
  });

export const withoutBranch =
  (id: string): Patch =>
  (world) => ({
    ...world,
    branches: world.branches.filter((branch) => branch.id !== id),
    computes: world.computes.filter(({ branchId }) => branchId !== id),
  });

export const withCompute =
  (compute: ComputeFacts): Patch =>
  (world) => ({
    ...world,
    computes: [...world.computes.filter(({ id }) => id !== compute.id), compute],
  });

export const withoutCompute =
  (id: string): Patch =>
  (world) => ({ ...world, computes: world.computes.filter((one) => one.id !== id) });

/** What the second world admits and the first does not, and the other way round. */
export interface Move {
  readonly opens: boolean;
  readonly closes: boolean;
  /** Addresses that reach a branch only afterwards. */
  readonly opened: AddressSet;
}

export function moveOf(before: World, after: World): Move {
  const [olds, news] = [reachesOf(before), reachesOf(after)];
  let move: Move = { opens: false, closes: false, opened: AddressSet.nobody };
  for (const id of new Set([...olds.keys(), ...news.keys()])) {
    const [was, is] = [olds.get(id), news.get(id)];
    const pairs: [Reach, Reach][] = [
      [was?.reach ?? NOBODY, is?.reach ?? NOBODY],
      [was?.rows ?? NOBODY, is?.rows ?? NOBODY],
      // What a branch would admit says something only of a branch that is there on both sides.
      ...(was && is ? [[was.latent, is.latent] satisfies [Reach, Reach]] : []),
    ];
    for (const [a, b] of pairs) {
      const [opens, closes] = [!reachContains(a, b), !reachContains(b, a)];
      move = {
        opens: move.opens || opens,
        closes: move.closes || closes,
        opened: opens ? move.opened.union(b.public.minus(a.public)) : move.opened,
      };
    }
  }
  return move;
}

export const directionOf = ({ opens, closes }: Pick<Move, "opens" | "closes">): Direction =>
  opens ? "opens" : closes ? "closes" : "neutral";

interface Reaches {
  readonly reach: Reach;
  readonly latent: Reach;
  /** Of the branch's rows, through every branch that holds them. */
  readonly rows: Reach;
}

const NOBODY: Reach = { public: AddressSet.nobody, private: new Set() };
const known = new WeakMap<World, ReadonlyMap<string, Reaches>>();

function reachesOf(world: World): ReadonlyMap<string, Reaches> {
  const already = known.get(world);
  if (already) return already;
  const { facts, branches, computes } = world;
  const copied = new Set(branches.map(({ schemaOnly, parentId }) => (schemaOnly ? undefined : parentId)));
  // Of a branch's own reach only its protection and whether a compute runs matter: most branches share it.
  const shared = new Map<string, Pick<Reaches, "reach" | "latent">>();
  const running = new Set(computes.filter(({ disabled }) => !disabled).map(({ branchId }) => branchId));
  const own = (branch: BranchFacts) => {
    const key = `${branch.protected} ${running.has(branch.id)}`;
    const found = shared.get(key) ?? { reach: branchReach(facts, branch, computes), latent: latentReach(facts, branch) };
    shared.set(key, found);
    return found;
  };
  const reaches = new Map(
    branches.map((branch) => {
      const { reach, latent } = own(branch);
      return [branch.id, { reach, latent, rows: copied.has(branch.id) ? dataReach(facts, branch, branches, computes) : reach }];
    }),
  );
  known.set(world, reaches);
  return reaches;
}
