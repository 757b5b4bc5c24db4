import type { BranchFacts, ProjectFacts, Reach } from "../../contract/reachability.js";
import type { Branch } from "../../contract/wire/branch.js";
import { reachOf } from "../reachability/compute.js";
import { modelOf } from "../reachability/live.js";
import type { Reaches } from "../reachability/model.js";
import type { ReadProject } from "./inventory.js";

export interface BranchView {
  readonly branch: Branch;
  readonly facts: BranchFacts;
  /** undefined where the computes could not be read. */
  readonly reach: Reach | undefined;
  readonly latent: Reach;
  readonly dataReach: Reach | undefined;
}

/** A project as reachability sees it. */
export interface ProjectView extends ReadProject {
  readonly facts: ProjectFacts;
  /** Whether `private` of each reach is the whole truth: what could not be read may admit more. */
  readonly privateKnown: boolean;
  /** undefined where they could not be read. */
  readonly views: readonly BranchView[] | undefined;
}

export function viewOf(read: ReadProject): ProjectView {
  const { branches, computes, assigned, restricted } = read;
  const model = modelOf(read);
  const reaches = reachOf(model);
  const views = branches?.map((branch, index): BranchView => {
    const { reach, latent, dataReach } = reaches.get(branch.id) as Reaches;
    const running = computes === undefined ? { reach: undefined, dataReach: undefined } : { reach, dataReach };
    return { branch, facts: model.branches[index] as BranchFacts, latent, ...running };
  });
  const privateKnown = restricted !== undefined && (assigned !== undefined || restricted.length > 0);
  return { ...read, facts: model.facts, privateKnown, views: views?.sort(byName) };
}

const byName = ({ branch: a }: BranchView, { branch: b }: BranchView): number =>
  Number(b.default) - Number(a.default) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
