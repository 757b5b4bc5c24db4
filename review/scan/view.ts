import type { BranchFacts, ProjectFacts, Reach } from "../../contract/reachability.js";
import type { Branch } from "../../contract/wire/branch.js";
import { getReaches } from "../reachability/computeReach.js";
import { buildModel } from "../reachability/liveFacts.js";
import type { BranchReaches } from "../reachability/model.js";
import type { ProjectInventory } from "./inventory.js";

export interface BranchView {
  readonly branch: Branch;
  readonly facts: BranchFacts;
  /** undefined where the computes could not be read. */
  readonly reach: Reach | undefined;
  readonly latent: Reach;
  readonly dataReach: Reach | undefined;
}

/** A project as reachability sees it. */
export interface ProjectView extends ProjectInventory {
  readonly facts: ProjectFacts;
  /** Whether `private` of each reach is the whole truth: what could not be read may admit more. */
  readonly privateKnown: boolean;
  /** undefined where they could not be read. */
  readonly views: readonly BranchView[] | undefined;
}

export function buildView(read: ProjectInventory): ProjectView {
  const { branches, computes, assigned, restricted } = read;
  const model = buildModel(read);
  const reaches = getReaches(model);
  const views = branches?.map((branch, index): BranchView => {
    const { reach, latent, dataReach } = reaches.get(branch.id) as BranchReaches;
    const running = computes === undefined ? { reach: undefined, dataReach: undefined } : { reach, dataReach };
    return { branch, facts: model.branches[index] as BranchFacts, latent, ...running };
  });
  const privateKnown = restricted !== undefined && (assigned !== undefined || restricted.length > 0);
  return { ...read, facts: model.facts, privateKnown, views: views?.sort(compareByName) };
}

const compareByName = ({ branch: a }: BranchView, { branch: b }: BranchView): number =>
  Number(b.default) - Number(a.default) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
