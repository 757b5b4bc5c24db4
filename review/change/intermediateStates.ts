import { parseAllowlist, isNearlyEveryone } from "../../contract/ranges.js";
import { type Reach, containsReach, getAddressSet, mergeReach } from "../../contract/reachability.js";
import { getReaches } from "../reachability/computeReach.js";
import { NOBODY } from "../reachability/model.js";
import type { ActOrder } from "./acts.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import { type ModelBranch, type ProjectModel, applyNetwork } from "./projectDraft.js";
import type { UnjudgedPart } from "./effects.js";
import type { ChangeFinding } from "./finding.js";
import { buildModelAt, type PlannedAct, type ProjectPlan } from "./projectPlan.js";
import { formatAdded, formatReach } from "./formatReach.js";

/** Every subset of what is done to one branch is a moment. With more acts than this not all are looked at, and that is said. */
const MOST_ACTS = 12;

/**
 * Pulumi does one act after another: a dependency before what depends on it, removals last, the rest in any order. Looks at every moment
 * that this allows, for one at which a branch is more open than both before and after. A branch's moments are made of what is done to its
 * project and to itself; branches to which the same is done are looked at once.
 */
export function judgeIntermediateStates(builder: ReachabilityBuilder): { findings: ChangeFinding[]; unjudged: UnjudgedPart[] } {
  const [findings, unjudged]: [ChangeFinding[], UnjudgedPart[]] = [[], []];
  for (const plan of builder.plans.values()) {
    const [before, after] = [builder.getModelBefore(plan.head.key), builder.getModelAfter(plan.head.key)];
    if (!after || plan.acts.length < 2) continue;
    const strangers = mayAdmitNearlyEveryone(plan);
    // Of a new branch only access by nearly everyone counts.
    const counts = ({ key }: ModelBranch): boolean => strangers || before?.names.has(key) === true;
    for (const branch of listRepresentatives(plan, builder.order, before, after, counts)) {
      const acts = plan.acts.filter(({ branchKey }) => branchKey === undefined || branchKey === branch.key);
      const found = new BranchIntermediateStates(builder.order, plan, branch.key, acts).findWidest(before, after);
      if (found === "too many")
        unjudged.push({
          urn: branch.urn,
          why: `${acts.length} resources that say who may connect change at once: not every order of them was looked at`,
        });
      else if (found) {
        findings.push(toFinding(found, after, branch));
        break;
      }
    }
  }
  return { findings, unjudged };
}

/** Whether any list of the project, whoever writes it and together with all entries, could admit nearly everybody to some branch. */
function mayAdmitNearlyEveryone({ base, acts }: ProjectPlan): boolean {
  const entries = acts.flatMap(({ effect }) => effect.ranges ?? []);
  const lists = [base.network, ...acts.flatMap(({ effect }) => (effect.network ? [applyNetwork(base.network, effect.network)] : []))];
  // An empty list of entries adds nobody, whatever an empty live list would mean.
  const always =
    entries.length === 0 ? getAddressSet(base.network.ips) : getAddressSet(base.network.ips).union(parseAllowlist(entries).set);
  return lists.some(
    ({ ips, protectedBranchesOnly }) => protectedBranchesOnly || ips.length === 0 || isNearlyEveryone(getAddressSet(ips).union(always)),
  );
}

/** One branch of each sort: as open before and after as others, and the same done to it. Before and after an only act are the two ends. */
function listRepresentatives(
  { acts }: ProjectPlan,
  order: ActOrder,
  before: ProjectModel | undefined,
  after: ProjectModel,
  counts: (branch: ModelBranch) => boolean,
): ModelBranch[] {
  const shared = acts.filter(({ branchKey }) => branchKey === undefined);
  const own = new Map<string, string[]>();
  for (const { branchKey, act, effect } of acts) {
    if (branchKey === undefined) continue;
    const needed = shared.map((other) => (order.isBefore(other.act, act) ? "1" : "0")).join("");
    const { protection, branch, branchCompute, compute } = effect;
    const sort = [act.phase, protection?.value, branch !== undefined, branchCompute, compute?.disabled, needed].join();
    own.set(branchKey, [...(own.get(branchKey) ?? []), sort]);
  }
  const looked = [...after.names].filter(([key, branch]) => shared.length + (own.get(key)?.length ?? 0) > 1 && counts(branch));
  if (looked.length === 0) return [];
  const [sortBefore, sortAfter] = [before && classifyBranches(before), classifyBranches(after)];
  const found = new Map<string, ModelBranch>();
  for (const [key, branch] of looked) {
    const mine = own.get(key) ?? [];
    // What several acts of one branch need of each other is not compared.
    const sort = mine.length > 1 ? key : mine.join();
    const whole = `${sortBefore?.get(key) ?? ""} ${sortAfter.get(key) ?? ""} ${sort}`;
    // Rather one that the stack declares than one that stands for others.
    if (found.get(whole)?.origin !== "declared") found.set(whole, branch);
  }
  return [...found.values()];
}

/** Of each branch what its reach is made of. */
function classifyBranches({ branches, computes }: ProjectModel): ReadonlyMap<string, string> {
  const running = new Set(computes.filter(({ disabled }) => !disabled).map(({ branchId }) => branchId));
  return new Map(branches.map((branch) => [branch.id, `${running.has(branch.id)} ${branch.protected}`]));
}

interface WidestState {
  readonly allowed: Reach;
  readonly reach: Reach;
  /** What is done at that moment. */
  readonly done: readonly PlannedAct[];
}

class BranchIntermediateStates {
  /** What opens more, the more of it is done: at each moment all of it counts as done that may be. */
  readonly #widening: readonly PlannedAct[];
  readonly #deciding: readonly PlannedAct[];
  readonly #plan: ProjectPlan;

  constructor(
    private readonly order: ActOrder,
    plan: ProjectPlan,
    private readonly branchKey: string,
    acts: readonly PlannedAct[],
  ) {
    this.#plan = { ...plan, acts, base: plan.base.extractBranch(branchKey) };
    this.#widening = acts.filter(canOnlyWiden);
    this.#deciding = acts.filter((act) => !canOnlyWiden(act) && !canOnlyNarrow(act));
  }

  /** A moment more open than both ends. */
  findWidest(before: ProjectModel | undefined, after: ProjectModel): WidestState | "too many" | undefined {
    const acts = this.#deciding;
    if (acts.length > MOST_ACTS) return "too many";
    const allowed = mergeReach(this.#getReach(before), this.#getReach(after));
    for (let bits = 0; bits < 1 << acts.length; bits++) {
      const decided = acts.filter((_, index) => (bits >> index) & 1);
      const left = acts.filter((act) => !decided.includes(act));
      const follows = (one: PlannedAct) => left.some((other) => this.order.isBefore(other.act, one.act));
      if (decided.some(follows)) continue;
      const done = new Set([...decided, ...this.#widening.filter((one) => !follows(one))]);
      const reach = this.#getReach(buildModelAt(this.#plan, this.order, (act) => done.has(act)));
      // What is new may be reached by few for a moment, and by fewer afterwards: they could reach what it is made of.
      const counts = before?.names.has(this.branchKey) === true || isNearlyEveryone(reach.public);
      if (counts && !containsReach(allowed, reach)) return { allowed, reach, done: [...done] };
    }
    return undefined;
  }

  #getReach(model: ProjectModel | undefined): Reach {
    return (model && getReaches(model).get(this.branchKey)?.reach) ?? NOBODY;
  }
}

/** Entries and endpoints that come: more of them admit more, whatever else is done. */
const canOnlyWiden = ({ act, effect, dropped }: PlannedAct): boolean =>
  act.phase === "write" && ((effect.ranges !== undefined && dropped.length === 0) || effect.assignment !== undefined);
/** Entries, endpoints and computes that go. */
const canOnlyNarrow = ({ act, effect }: PlannedAct): boolean =>
  act.phase === "remove" && effect.network === undefined && effect.restriction === undefined;

function toFinding({ allowed, reach, done }: WidestState, project: ProjectModel, branch: ModelBranch): ChangeFinding {
  const names = done.map(({ act }) => act.resource.name);
  const last = done[0]?.act.resource;
  return {
    urn: last?.urn ?? branch.urn,
    rule: "open-for-a-moment",
    severity: "high",
    direction: "opens",
    resource: { kind: "branch", id: `${project.key}/${branch.key}`, name: `${project.name}/${branch.name}` },
    before: `before and afterwards: ${formatReach(allowed)}`,
    after: `meanwhile: ${formatReach(reach)}`,
    says: `While the update runs, once ${names.length === 0 ? "nothing" : names.join(" and ")} is done and the rest is not, ${formatAdded(reach, allowed)} may try to connect, and may neither before nor afterwards.`,
    remedy: "Close first and open last: make it two changes, or let what opens depend on what closes (dependsOn).",
  };
}
