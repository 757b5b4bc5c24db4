import { containsReach } from "../../contract/reachability.js";
import { getReaches } from "../reachability/computeReach.js";
import type { BranchReaches } from "../reachability/model.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import type { ProjectModel } from "./projectDraft.js";
import { REACH_INPUTS } from "./fieldRules.js";
import type { ChangeFinding } from "./finding.js";
import type { ResourceChange } from "./change.js";
import { buildModelAt, type PlannedAct, type ProjectPlan } from "./projectPlan.js";

/** More acts in one project than this are not tried one by one: the finding then points at the branch. */
const MOST_TRIED = 50;

/** Points each finding at the resource whose change alone does what it says, and at the input of it. */
export function createCauseFinder(builder: ReachabilityBuilder): (finding: ChangeFinding) => ChangeFinding {
  const models = new Map<PlannedAct, ProjectModel | undefined>();
  /** The project once this act alone is done. */
  const modelAfter = (plan: ProjectPlan, act: PlannedAct): ProjectModel | undefined => {
    if (!models.has(act))
      models.set(
        act,
        buildModelAt({ ...plan, acts: [act] }, builder.order, () => true),
      );
    return models.get(act);
  };
  const [widening, narrowing] = [new Map<PlannedAct, boolean>(), new Map<PlannedAct, boolean>()];
  /** Whether this act alone narrows the project or, where that is not asked, widens it. Many findings ask the same. */
  const does = (plan: ProjectPlan, act: PlannedAct, closes: boolean): boolean => {
    const known = closes ? narrowing : widening;
    const [before, alone] = [builder.getModelBefore(plan.head.key), modelAfter(plan, act)];
    const found = known.get(act) ?? (closes ? isWidened(alone, before) : isWidened(before, alone));
    known.set(act, found);
    return found;
  };
  return (finding) => {
    const plan = finding.project === undefined ? undefined : builder.plans.get(finding.project);
    if (plan === undefined || plan.acts.length > MOST_TRIED) return finding;
    const [only, ...others] = plan.acts;
    const isCause = (one: PlannedAct): boolean => does(plan, one, finding.direction === "closes");
    const isOwn = ({ act }: PlannedAct) => act.resource.urn === finding.urn;
    const isWide = (one: PlannedAct): boolean => one.branchKey === undefined && isCause(one);
    // What is new is its own cause; rows go further by a copy of them; a branch is reached from elsewhere by what is done to the whole project.
    const wide = finding.rule === "rows-widened" ? undefined : isWide;
    const cause = (
      others.length === 0
        ? only
        : NEW.has(finding.rule)
          ? plan.acts.find(isOwn)
          : ((wide && plan.acts.find(wide)) ?? plan.acts.find(isCause))
    )?.act.resource;
    if (cause === undefined) return finding;
    const property = findChangedProperty(cause);
    return { ...finding, urn: cause.urn, ...(property !== undefined && { property }) };
  };
}

const NEW: ReadonlySet<string> = new Set(["new-branch", "born-open"]);

/** Whether the second has a branch of the first that more reach, now or latently, or that protection left. */
function isWidened(before: ProjectModel | undefined, after: ProjectModel | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const reaches = getReaches(before);
  const wasProtected = new Set(before.branches.filter((branch) => branch.protected).map(({ id }) => id));
  if (after.branches.some((branch) => !branch.protected && wasProtected.has(branch.id))) return true;
  // Branches of one sort have the same reaches: few pairs of them differ.
  const compared = new Map<BranchReaches, Set<BranchReaches>>();
  for (const [key, reach] of getReaches(after)) {
    const known = reaches.get(key);
    if (known === undefined || compared.get(known)?.has(reach) === true) continue;
    compared.set(known, (compared.get(known) ?? new Set()).add(reach));
    if ((["reach", "latent", "dataReach"] as const).some((of) => !containsReach(known[of], reach[of]))) return true;
  }
  return false;
}

function findChangedProperty({ kind, before, after }: ResourceChange): string | undefined {
  if (kind === undefined || after === undefined) return undefined;
  return REACH_INPUTS[kind]?.find((name) => JSON.stringify(before?.inputs[name]) !== JSON.stringify(after.inputs[name]));
}
