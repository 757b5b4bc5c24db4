import { getReaches } from "../reachability/computeReach.js";
import type { BranchReaches } from "../reachability/model.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import type { ModelBranch, ProjectModel } from "./projectDraft.js";
import type { UnjudgedPart } from "./effects.js";

/** What a change does to one branch. `undefined` on the side where it does not exist. */
export interface BranchComparison {
  /** Afterwards or, where there is none then, before. */
  readonly project: ProjectModel;
  readonly projectBefore: ProjectModel | undefined;
  readonly branch: ModelBranch;
  readonly before: BranchReaches | undefined;
  readonly after: BranchReaches | undefined;
  /** Whether it loses or gains protection; undefined where neither. */
  readonly protection: "lost" | "gained" | undefined;
}

/** Every branch of every project that the change speaks of. */
export const compareProjects = (builder: ReachabilityBuilder): BranchComparison[] =>
  [...builder.plans.keys()].flatMap((key) => compareModels(builder.getModelBefore(key), builder.getModelAfter(key)));

/** Every branch of one project at two moments. */
function compareModels(before: ProjectModel | undefined, after: ProjectModel | undefined): BranchComparison[] {
  const project = after ?? before;
  if (project === undefined) return [];
  const [reachesBefore, reachesAfter] = [before && getReaches(before), after && getReaches(after)];
  const keys = new Set([...(reachesBefore?.keys() ?? []), ...(reachesAfter?.keys() ?? [])]);
  const protectedBefore = new Map(before?.branches.map((branch) => [branch.id, branch.protected]));
  const protectedAfter = new Map(after?.branches.map((branch) => [branch.id, branch.protected]));
  return [...keys].flatMap((key) => {
    const branch = after?.names.get(key) ?? before?.names.get(key);
    if (branch === undefined) return [];
    const [had, has] = [protectedBefore.get(key), protectedAfter.get(key)];
    const protection = had === true && has === false ? "lost" : had === false && has === true ? "gained" : undefined;
    return [{ project, projectBefore: before, branch, before: reachesBefore?.get(key), after: reachesAfter?.get(key), protection }];
  });
}

const isRunning = ({ computes }: ProjectModel, { key }: ModelBranch): boolean =>
  computes.some(({ branchId, disabled }) => branchId === key && !disabled);

/** New branches of a project whose network another stack declares. */
export const listBranchesWithUnknownNetwork = (comparisons: readonly BranchComparison[]): UnjudgedPart[] =>
  comparisons.flatMap(({ project, branch, before, after }) =>
    after && !before && branch.origin === "declared" && !project.networkDeclared && isRunning(project, branch)
      ? [{ urn: branch.urn, why: "who may connect to its project is declared elsewhere" }]
      : [],
  );
