import { formatErrorMessage, PalisadeError } from "../../contract/errors.js";
import type { NeonApi } from "../../provider/client/api.js";
import type { JudgedItem } from "./compare.js";
import type { ClosingRepair, DriftFinding } from "./driftItem.js";
import type { Observation } from "./observation.js";
import { computeDelta } from "../reachability/edits.js";
import type { ReachabilityModel } from "../reachability/model.js";
import { readOrigins } from "../scan/inventory.js";
import { buildLiveModel } from "./liveModel.js";

export interface RepairStep {
  readonly finding: DriftFinding;
  readonly closing: ClosingRepair;
}

export interface RepairPlan {
  readonly steps: readonly RepairStep[];
  /** What is not repaired, and why. */
  readonly left: readonly { readonly finding: DriftFinding; readonly why: string }[];
}

export interface RepairLimits {
  /** Changes younger than this are somebody's work in progress. */
  readonly graceMs: number;
  readonly nowMs: number;
}

/** Plans steps that only close, each against the model that the step before leaves. */
export function planRepair(judged: readonly JudgedItem[], { projects }: Observation, { graceMs, nowMs }: RepairLimits): RepairPlan {
  const models = new Map([...projects].map(([id, live]) => [id, buildLiveModel(live)]));
  const steps: RepairStep[] = [];
  const left: { finding: DriftFinding; why: string }[] = [];
  for (const { finding, closing } of judged) {
    const model = closing && models.get(closing.projectId);
    const why = closing ? (findUnfitReason(finding, { graceMs, nowMs }) ?? findObjection(closing, model)) : formatNoRepairReason(finding);
    if (why !== undefined || !closing || !model) left.push({ finding, why: why ?? "it could not be read" });
    else {
      steps.push({ finding, closing });
      models.set(closing.projectId, closing.edit(model));
    }
  }
  return { steps, left };
}

const formatNoRepairReason = ({ direction, class: of }: DriftFinding): string => {
  if (of === "overdue") return "palisade enforce removes it";
  if (direction === "closes") return "bringing it back opens, which needs an approval: review it, then pulumi up";
  return "no call that only closes reverts it";
};

function findUnfitReason({ changedAt }: DriftFinding, { graceMs, nowMs }: RepairLimits): string | undefined {
  const age = changedAt === undefined ? NaN : nowMs - Date.parse(changedAt);
  if (Number.isNaN(age)) return "nobody says when it was changed, so it may be fresh";
  return age < graceMs ? `it was changed ${Math.max(0, Math.floor(age / 1_000))} s ago, within the grace period` : undefined;
}

/** Why the step may not be taken from this model. */
function findObjection({ edit }: ClosingRepair, model: ReachabilityModel | undefined): string | undefined {
  if (!model) return "its branches or computes could not be read";
  const next = edit(model);
  if (next.facts.ips.length === 0 && model.facts.ips.length > 0)
    return "it would leave an empty list, which admits every address: put the declared entries back first, with an approval";
  return computeDelta(model, next).opens ? "it would open something else" : undefined;
}

export interface RepairOutcome {
  readonly what: string;
  readonly resource: DriftFinding["resource"];
  readonly outcome: "done" | "left" | "failed";
  readonly why?: string;
}

/** Takes the steps, each after another look at what is there by then: one that would open something now is left. The first failure ends it. */
export async function repair(api: NeonApi, orgId: string, { steps }: RepairPlan): Promise<RepairOutcome[]> {
  const done: RepairOutcome[] = [];
  for (const { finding, closing } of steps) {
    const at = { what: closing.what, resource: finding.resource };
    try {
      const why = findObjection(closing, await readModel(api, orgId, closing.projectId));
      if (why === undefined) await closing.call(api);
      done.push(why === undefined ? { ...at, outcome: "done" } : { ...at, outcome: "left", why });
    } catch (error) {
      done.push({ ...at, outcome: "failed", why: formatErrorMessage(error) });
      break;
    }
  }
  return done;
}

/** One project, now. */
async function readModel(api: NeonApi, orgId: string, projectId: string): Promise<ReachabilityModel | undefined> {
  const [found, { branches }, { endpoints: computes }, restricted, { endpoints }] = await Promise.all([
    ...([api.findProject(projectId), api.listBranches(projectId), api.listComputes(projectId)] as const),
    ...([api.vpc.listRestrictions(projectId), api.vpc.listAssigned(orgId)] as const),
  ]);
  if (!found) throw new PalisadeError("PAL_NOT_FOUND", `project ${projectId}`);
  const { project } = found;
  const assigned = endpoints.filter(({ region_id }) => region_id === project.region_id).map(({ vpc_endpoint_id }) => vpc_endpoint_id);
  const origins = await readOrigins(api, projectId, branches, () => undefined);
  return buildLiveModel({ project, branches, origins, computes, assigned, restricted: restricted?.map(({ vpc_endpoint_id: id }) => id) });
}
