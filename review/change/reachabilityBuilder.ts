import type { Assumption } from "../../contract/assumption.js";
import { isUnreadable } from "../../provider/introspection.js";
import { type Act, listActs, ActOrder } from "./acts.js";
import { type ContestedSetting, buildFirstDraft, buildRecordedDraft } from "./baseDraft.js";
import { type ProjectDraft, OTHER_RESTRICTIONS, type ProjectModel } from "./projectDraft.js";
import {
  toAppliedResource,
  type Effect,
  type EffectContext,
  buildEffect,
  hasEffect,
  type PresentResource,
  buildRecordedEffect,
  toRecordedResource,
  buildRemovalEffect,
  type UnjudgedPart,
} from "./effects.js";
import type { Declared, ResourceChange } from "./change.js";
import { buildModelAt, type PlannedAct, type ProjectPlan } from "./projectPlan.js";
import { isId, type Moment, References } from "./references.js";
import { listMentionedEndpoints, OTHER_ENDPOINTS } from "./undeclared.js";

/** Every project of a change, by its key: what is recorded of it, and what the update does to it. */
export class ReachabilityBuilder {
  readonly order: ActOrder;
  readonly plans: ReadonlyMap<string, ProjectPlan>;
  /** The project that a resource says something of, by URN. */
  readonly projectOf = new Map<string, string>();
  readonly #unjudged = new Map<string, UnjudgedPart>();
  readonly references: References;
  readonly #acts: ReadonlyMap<string, Act>;
  /** By region. */
  readonly #assignments = new Map<unknown, ResourceChange[]>();
  readonly #mentioned: readonly string[];
  readonly #models = new Map<string, ProjectModel>();
  /** Contexts that record what cannot be judged, or that discard it. */
  readonly #reportingContext: EffectContext;
  readonly #silentContext: EffectContext;

  /** @param nowMs milliseconds since 1970: entries of lists end with time */
  constructor(
    resources: readonly ResourceChange[],
    readonly nowMs: number,
  ) {
    const effective = resources.filter(({ kind }) => hasEffect(kind));
    this.references = new References(resources);
    this.#reportingContext = { references: this.references, nowMs, refuse: this.#refuse };
    this.#silentContext = { references: this.references, nowMs, refuse: () => undefined };
    const acts = listActs(effective);
    this.#acts = new Map(acts.map((act) => [act.key, act]));
    this.order = new ActOrder(resources);
    this.#mentioned = listMentionedEndpoints(effective);
    const members = this.#groupByProject(effective);
    this.plans = new Map([...members].map(([key, list]) => [key, this.#buildPlan(key, [...list])]));
  }

  /** What could not be made part of a model, and why. */
  get unjudged(): readonly UnjudgedPart[] {
    return [...this.#unjudged.values()];
  }

  get assumptions(): readonly Assumption[] {
    return this.references.assumptions;
  }

  getModelBefore(key: string): ProjectModel | undefined {
    return this.#getModel(key, "before");
  }

  /** Of what the order of the update decides, the most open. */
  getModelAfter(key: string): ProjectModel | undefined {
    return this.#getModel(key, "after");
  }

  #getModel(key: string, moment: Moment): ProjectModel | undefined {
    const [plan, name] = [this.plans.get(key), `${moment} ${key}`];
    const model = this.#models.get(name) ?? (plan && buildModelAt(plan, this.order, () => moment === "after"));
    if (model) this.#models.set(name, model);
    return model;
  }

  #groupByProject(resources: readonly ResourceChange[]): Map<string, Set<ResourceChange>> {
    const members = new Map<string, Set<ResourceChange>>();
    for (const resource of resources) {
      if (resource.kind === "PrivateEndpoint") {
        const region = (resource.after ?? resource.before)?.inputs["regionId"];
        this.#assignments.set(region, [...(this.#assignments.get(region) ?? []), resource]);
        continue;
      }
      for (const moment of ["before", "after"] as const) {
        const declared = resource[moment];
        const key = declared && this.references.findProjectKey(declared, moment);
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

  #buildPlan(key: string, members: readonly ResourceChange[]): ProjectPlan {
    const project = members.find(({ kind }) => kind === "Project");
    const scope = [...members, ...this.#listAssigned(project)];
    const acts = scope.flatMap((resource) => this.#listPlannedActs(key, resource));
    const createdBy =
      project !== undefined && project.before === undefined && this.#acts.has(`write ${project.urn}`) ? `write ${project.urn}` : undefined;
    const recorded = scope.flatMap((resource) => this.#listRecorded(key, resource));
    const { draft: base, networkDeclared } =
      createdBy !== undefined && project?.after
        ? { draft: buildFirstDraft(project.after, this.references.getDefaultBranchKey(key)), networkDeclared: true }
        : this.#buildBase(key, project, members, recorded, acts);
    for (const id of [OTHER_ENDPOINTS, ...this.#mentioned]) base.assigned.add(id);
    const declared = project?.after ?? project?.before;
    const owner = declared ?? members.map(({ after, before }) => after ?? before).find((one) => one !== undefined);
    return {
      head: {
        // A project of another stack is called by its id, whoever speaks of it.
        key,
        urn: owner?.urn ?? key,
        name: findProjectName(declared) ?? declared?.name ?? key,
        declared: project !== undefined,
        networkDeclared: networkDeclared || acts.some(({ effect }) => effect.network !== undefined),
      },
      base,
      createdBy,
      acts,
    };
  }

  #buildBase(
    key: string,
    project: ResourceChange | undefined,
    members: readonly ResourceChange[],
    present: readonly PresentResource[],
    acts: readonly PlannedAct[],
  ): { draft: ProjectDraft; networkDeclared: boolean } {
    const declared = project?.before ?? project?.after;
    const found = {
      key,
      defaultKey: this.references.getDefaultBranchKey(key),
      project: declared,
      present,
      named: this.#collectNamedBranches(members),
    };
    // Of a project to which nothing is done nothing is asked.
    const { draft, contested, networkDeclared } = buildRecordedDraft(found, acts.length > 0 ? this.#reportingContext : this.#silentContext);
    if (declared === undefined) draft.restrictions.add(OTHER_RESTRICTIONS);
    const writes = acts.filter(({ act }) => act.phase === "write");
    for (const one of contested)
      if (writes.some((write) => isAffected(write, one, draft)))
        this.#refuse({
          urn: declared?.urn ?? members[0]?.urn ?? key,
          why: `several resources declare ${one.what} and disagree: it is not known which of them holds now`,
        });
    return { draft, networkDeclared };
  }

  #listAssigned(project: ResourceChange | undefined): readonly ResourceChange[] {
    const region = (project?.after ?? project?.before)?.inputs["regionId"];
    return region === undefined ? [] : (this.#assignments.get(region) ?? []);
  }

  /** What stands before the update: recorded, read just now, or taken over as it is. */
  #listRecorded(key: string, { before, after, op, kind }: ResourceChange): PresentResource[] {
    const adopted = before === undefined && after?.inputs["adopt"] !== undefined && kind !== "IpAllowlist";
    const isRead = op === "read" && after !== undefined;
    const declared = isRead || adopted ? after : before;
    if (declared === undefined) return [];
    const present: PresentResource = { ...toRecordedResource(declared), moment: declared === after ? "after" : "before" };
    return this.#isIn(key, present) ? [present] : [];
  }

  #listPlannedActs(key: string, { before, after, op, urn }: ResourceChange): PlannedAct[] {
    const planned: PlannedAct[] = [];
    const [write, removal] = [this.#acts.get(`write ${urn}`), this.#acts.get(`remove ${urn}`)];
    if (write === undefined && removal === undefined) return planned;
    const recorded = before && toRecordedResource(before);
    const applied = after && toAppliedResource(after);
    if (write && applied && this.#isIn(key, applied)) {
      const effect = buildEffect(applied, this.#reportingContext);
      const had = recorded && op === "update" ? (buildRecordedEffect(recorded, this.#silentContext).ranges ?? []) : [];
      const dropped = had.filter((range) => effect.ranges?.includes(range) === false);
      const makesProject = after.kind === "Project" && op !== "update";
      planned.push({ act: write, effect, dropped, branchKey: makesProject ? undefined : findBranchKey(effect) });
    }
    if (removal && recorded && this.#isIn(key, recorded)) {
      const { closing, ...effect } = buildRemovalEffect(recorded, this.#silentContext);
      planned.push({
        act: removal,
        effect: { ...effect, ...(closing && { network: closing }) },
        dropped: [],
        branchKey: findBranchKey(effect),
      });
    }
    return planned;
  }

  #isIn(key: string, { declared, moment }: Pick<PresentResource, "declared" | "moment">): boolean {
    return declared.kind === "PrivateEndpoint" || this.references.findProjectKey(declared, moment) === key;
  }

  /** Branches that the stack refers to by their ids. */
  #collectNamedBranches(members: readonly ResourceChange[]): ReadonlyMap<string, string> {
    const named = new Map<string, string>();
    for (const resource of members)
      for (const moment of ["before", "after"] as const) {
        const declared = resource[moment];
        const property = NAMES_A_BRANCH[resource.kind ?? ""];
        if (declared === undefined || property === undefined || declared.inputs[property] === undefined) continue;
        const key = this.references.findBranchKey(declared, property, moment);
        if (key !== undefined && isId(key)) named.set(key, resource.urn);
      }
    return named;
  }

  readonly #refuse = (one: UnjudgedPart): void => void this.#unjudged.set(`${one.urn} ${one.why}`, one);
}

/** Whether what an act does depends on a setting that nobody can tell. */
function isAffected({ effect }: PlannedAct, { branchKey }: ContestedSetting, { network }: ProjectDraft): boolean {
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

const findBranchKey = ({ branch, compute, protection, network }: Effect): string | undefined =>
  network === undefined ? (branch?.key ?? compute?.branchId ?? protection?.branchKey) : undefined;

function findProjectName(project: Declared | undefined): string | undefined {
  const name = project?.inputs["name"];
  return typeof name === "string" && !isUnreadable(name) ? name : undefined;
}
