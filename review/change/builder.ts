import type { Assumption } from "../../contract/assumption.js";
import { isUnreadable } from "../../provider/resources/settled.js";
import { type Act, actsOf, Order } from "./acts.js";
import { type Contested, firstDraft, recordedDraft } from "./base.js";
import { type Draft, OTHER_RESTRICTIONS, type ProjectModel } from "./draft.js";
import {
  appliedPresent,
  type Effect,
  type EffectContext,
  effectOf,
  hasEffect,
  type Present,
  recordedEffect,
  recordedPresent,
  removalOf,
  type Unjudged,
} from "./effects.js";
import type { Declared, ResourceChange } from "./model.js";
import { modelAt, type PlannedAct, type ProjectPlan } from "./projectPlan.js";
import { isId, type Moment, References } from "./references.js";
import { mentionedEndpoints, OTHER_ENDPOINTS } from "./undeclared.js";

/** Every project of a change, by its key: what is recorded of it, and what the update does to it. */
export class ReachabilityBuilder {
  readonly order: Order;
  readonly plans: ReadonlyMap<string, ProjectPlan>;
  /** The project that a resource says something of, by URN. */
  readonly projectOf = new Map<string, string>();
  readonly #unjudged = new Map<string, Unjudged>();
  readonly references: References;
  readonly #acts: ReadonlyMap<string, Act>;
  /** By region. */
  readonly #assignments = new Map<unknown, ResourceChange[]>();
  readonly #mentioned: readonly string[];
  readonly #models = new Map<string, ProjectModel>();
  /** Says what it cannot tell, or keeps it to itself. */
  readonly #aloud: EffectContext;
  readonly #silently: EffectContext;

  /** @param nowMs milliseconds since 1970: entries of lists end with time */
  constructor(
    resources: readonly ResourceChange[],
    readonly nowMs: number,
  ) {
    const effective = resources.filter(({ kind }) => hasEffect(kind));
    this.references = new References(resources);
    this.#aloud = { references: this.references, nowMs, refuse: this.#refuse };
    this.#silently = { references: this.references, nowMs, refuse: () => undefined };
    const acts = actsOf(effective);
    this.#acts = new Map(acts.map((act) => [act.key, act]));
    this.order = new Order(resources);
    this.#mentioned = mentionedEndpoints(effective);
    const members = this.#membersOf(effective);
    this.plans = new Map([...members].map(([key, list]) => [key, this.#planOf(key, [...list])]));
  }

  /** What could not be made part of a model, and why. */
  get unjudged(): readonly Unjudged[] {
    return [...this.#unjudged.values()];
  }

  get assumptions(): readonly Assumption[] {
    return this.references.assumptions;
  }

  before(key: string): ProjectModel | undefined {
    return this.#model(key, "before");
  }

  /** Of what the order of the update decides, the most open. */
  after(key: string): ProjectModel | undefined {
    return this.#model(key, "after");
  }

  #model(key: string, moment: Moment): ProjectModel | undefined {
    const [plan, name] = [this.plans.get(key), `${moment} ${key}`];
    const model = this.#models.get(name) ?? (plan && modelAt(plan, this.order, () => moment === "after"));
    if (model) this.#models.set(name, model);
    return model;
  }

  #membersOf(resources: readonly ResourceChange[]): Map<string, Set<ResourceChange>> {
    const members = new Map<string, Set<ResourceChange>>();
    for (const resource of resources) {
      if (resource.kind === "PrivateEndpoint") {
        const region = (resource.after ?? resource.before)?.inputs["regionId"];
        this.#assignments.set(region, [...(this.#assignments.get(region) ?? []), resource]);
        continue;
      }
      for (const moment of ["before", "after"] as const) {
        const declared = resource[moment];
        const key = declared && this.references.projectKey(declared, moment);
        if (declared && key === undefined) this.#refuse({ urn: resource.urn, why: "it is not known here which project it belongs to" });
        if (key === undefined) continue;
        const known = members.get(key);
        if (known) known.add(resource);
        else members.set(key, new Set([resource]));
        this.projectOf.set(resource.urn, key);
      }
    }
    return members;
  }

  #planOf(key: string, members: readonly ResourceChange[]): ProjectPlan {
    const project = members.find(({ kind }) => kind === "Project");
    const scope = [...members, ...this.#assignedIn(project)];
    const acts = scope.flatMap((resource) => this.#plannedActs(key, resource));
    const createdBy =
      project !== undefined && project.before === undefined && this.#acts.has(`write ${project.urn}`) ? `write ${project.urn}` : undefined;
    const recorded = scope.flatMap((resource) => this.#recordedIn(key, resource));
    const { draft: base, networkDeclared } =
      createdBy !== undefined && project?.after
        ? { draft: firstDraft(project.after, this.references.defaultKey(key)), networkDeclared: true }
        : this.#baseOf(key, project, members, recorded, acts);
    for (const id of [OTHER_ENDPOINTS, ...this.#mentioned]) base.assigned.add(id);
    const declared = project?.after ?? project?.before;
    const owner = declared ?? members.map(({ after, before }) => after ?? before).find((one) => one !== undefined);
    return {
      head: {
        // A project of another stack is called by its id, whoever speaks of it.
        ...{ key, urn: owner?.urn ?? key, name: nameIn(declared) ?? declared?.name ?? key, declared: project !== undefined },
        networkDeclared: networkDeclared || acts.some(({ effect }) => effect.network !== undefined),
      },
      ...{ base, createdBy, acts },
    };
  }

  #baseOf(
    key: string,
    project: ResourceChange | undefined,
    members: readonly ResourceChange[],
    present: readonly Present[],
    acts: readonly PlannedAct[],
  ): { draft: Draft; networkDeclared: boolean } {
    const declared = project?.before ?? project?.after;
    const found = { key, defaultKey: this.references.defaultKey(key), project: declared, present, named: this.#namedIn(members) };
    // Of a project to which nothing is done nothing is asked.
    const { draft, contested, networkDeclared } = recordedDraft(found, acts.length > 0 ? this.#aloud : this.#silently);
    if (declared === undefined) draft.restrictions.add(OTHER_RESTRICTIONS);
    const writes = acts.filter(({ act }) => act.phase === "write");
    for (const one of contested)
      if (writes.some((write) => touches(write, one, draft)))
        this.#refuse({
          urn: declared?.urn ?? members[0]?.urn ?? key,
          why: `several resources declare ${one.what} and disagree: it is not known which of them holds now`,
        });
    return { draft, networkDeclared };
  }

  #assignedIn(project: ResourceChange | undefined): readonly ResourceChange[] {
    const region = (project?.after ?? project?.before)?.inputs["regionId"];
    return region === undefined ? [] : (this.#assignments.get(region) ?? []);
  }

  /** What stands before the update: recorded, read just now, or taken over as it is. */
  #recordedIn(key: string, { before, after, op, kind }: ResourceChange): Present[] {
    const adopted = before === undefined && after?.inputs["adopt"] !== undefined && kind !== "IpAllowlist";
    const isRead = op === "read" && after !== undefined;
    const declared = isRead || adopted ? after : before;
    if (declared === undefined) return [];
    const present: Present = { ...recordedPresent(declared), moment: declared === after ? "after" : "before" };
    return this.#isIn(key, present) ? [present] : [];
  }

  #plannedActs(key: string, { before, after, op, urn }: ResourceChange): PlannedAct[] {
    const planned: PlannedAct[] = [];
    const [write, removal] = [this.#acts.get(`write ${urn}`), this.#acts.get(`remove ${urn}`)];
    if (write === undefined && removal === undefined) return planned;
    const recorded = before && recordedPresent(before);
    const applied = after && appliedPresent(after);
    if (write && applied && this.#isIn(key, applied)) {
      const effect = effectOf(applied, this.#aloud);
      const had = recorded && op === "update" ? (recordedEffect(recorded, this.#silently).ranges ?? []) : [];
      const dropped = had.filter((range) => effect.ranges?.includes(range) === false);
      const makesProject = after.kind === "Project" && op !== "update";
      planned.push({ act: write, effect, dropped, branchKey: makesProject ? undefined : branchOf(effect) });
    }
    if (removal && recorded && this.#isIn(key, recorded)) {
      const { closing, ...effect } = removalOf(recorded, this.#silently);
      planned.push({ act: removal, effect: { ...effect, ...(closing && { network: closing }) }, dropped: [], branchKey: branchOf(effect) });
    }
    return planned;
  }

  #isIn(key: string, { declared, moment }: Pick<Present, "declared" | "moment">): boolean {
    return declared.kind === "PrivateEndpoint" || this.references.projectKey(declared, moment) === key;
  }

  /** Branches that the stack refers to by their ids. */
  #namedIn(members: readonly ResourceChange[]): ReadonlyMap<string, string> {
    const named = new Map<string, string>();
    for (const resource of members)
      for (const moment of ["before", "after"] as const) {
        const declared = resource[moment];
        const property = NAMES_A_BRANCH[resource.kind ?? ""];
        if (declared === undefined || property === undefined || declared.inputs[property] === undefined) continue;
        const key = this.references.branchKey(declared, property, moment);
        if (key !== undefined && isId(key)) named.set(key, resource.urn);
      }
    return named;
  }

  readonly #refuse = (one: Unjudged): void => void this.#unjudged.set(`${one.urn} ${one.why}`, one);
}

/** Whether what an act does depends on a setting that nobody can tell. */
function touches({ effect }: PlannedAct, { branchKey }: Contested, { network }: Draft): boolean {
  const { protection, ranges, branch, compute, branchCompute } = effect;
  const moves = effect.network !== undefined || ranges !== undefined || compute !== undefined || branchCompute !== undefined;
  if (branchKey === undefined) return moves || branch !== undefined;
  const isScoped = network.protectedBranchesOnly || effect.network?.scope === "protectedBranches";
  return protection?.branchKey === branchKey || (isScoped && moves);
}

/** The input by which a kind names a branch that it does not make. */
const NAMES_A_BRANCH: Readonly<Record<string, string>> = {
  BranchProtection: "branch",
  Branch: "parentBranchId",
  ComputeEndpoint: "branchId",
};

const branchOf = ({ branch, compute, protection, network }: Effect): string | undefined =>
  network === undefined ? (branch?.key ?? compute?.branchId ?? protection?.branchKey) : undefined;

function nameIn(project: Declared | undefined): string | undefined {
  const name = project?.inputs["name"];
  return typeof name === "string" && !isUnreadable(name) ? name : undefined;
}
