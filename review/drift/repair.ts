import { messageOf, PalisadeError } from "../../contract/errors.js";
import type { NeonApi } from "../../provider/client/api.js";
import type { Judged } from "./compare.js";
import type { Closing, DriftFinding } from "./item.js";
import type { Observation } from "./observe.js";
import { deltaOf } from "../reachability/edits.js";
import type { ReachabilityModel } from "../reachability/model.js";
import { originsOf } from "../scan/inventory.js";
import { liveModel } from "./liveModel.js";

export interface Step {
  readonly finding: DriftFinding;
  readonly closing: Closing;
}

export interface Plan {
  readonly steps: readonly Step[];
  /** What is not repaired, and why. */
  readonly left: readonly { readonly finding: DriftFinding; readonly why: string }[];
}

export interface Limits {
  /** Changes younger than this are somebody's work in progress. */
  readonly graceMs: number;
  readonly nowMs: number;
}

/** Steps that close and open nothing, each seen from where the one before has led. */
export function planOf(judged: readonly Judged[], { projects }: Observation, { graceMs, nowMs }: Limits): Plan {
  const models = new Map([...projects].map(([id, live]) => [id, liveModel(live)]));
  const steps: Step[] = [];
  const left: { finding: DriftFinding; why: string }[] = [];
  for (const { finding, closing } of judged) {
    const model = closing && models.get(closing.projectId);
    const why = closing ? (unfit(finding, { graceMs, nowMs }) ?? against(closing, model)) : withoutClosing(finding);
    if (why !== undefined || !closing || !model) left.push({ finding, why: why ?? "it could not be read" });
    else {
      steps.push({ finding, closing });
      models.set(closing.projectId, closing.edit(model));
    }
  }
  return { steps, left };
}

const withoutClosing = ({ direction, class: of }: DriftFinding): string => {
  if (of === "overdue") return "palisade enforce removes it";
  if (direction === "closes") return "bringing it back opens, which needs an approval: review it, then pulumi up";
  return "no call that only closes reverts it";
};

function unfit({ changedAt }: DriftFinding, { graceMs, nowMs }: Limits): string | undefined {
  const age = changedAt === undefined ? NaN : nowMs - Date.parse(changedAt);
  if (Number.isNaN(age)) return "nobody says when it was changed, so it may be fresh";
  return age < graceMs ? `it was changed ${Math.max(0, Math.floor(age / 1_000))} s ago, within the grace period` : undefined;
}

/** Why the step may not be taken from this model. */
function against({ edit }: Closing, model: ReachabilityModel | undefined): string | undefined {
  if (!model) return "its branches or computes could not be read";
  const next = edit(model);
  if (next.facts.ips.length === 0 && model.facts.ips.length > 0)
    return "it would leave an empty list, which admits every address: put the declared entries back first, with an approval";
  return deltaOf(model, next).opens ? "it would open something else" : undefined;
}

export interface Done {
  readonly what: string;
  readonly resource: DriftFinding["resource"];
  readonly outcome: "done" | "left" | "failed";
  readonly why?: string;
}

/** Takes the steps, each after another look at what is there by then: one that would open something now is left. The first failure ends it. */
export async function repair(api: NeonApi, orgId: string, { steps }: Plan): Promise<Done[]> {
  const done: Done[] = [];
  for (const { finding, closing } of steps) {
    const at = { what: closing.what, resource: finding.resource };
    try {
      const why = against(closing, await modelNow(api, orgId, closing.projectId));
      if (why === undefined) await closing.call(api);
      done.push(why === undefined ? { ...at, outcome: "done" } : { ...at, outcome: "left", why });
    } catch (error) {
      done.push({ ...at, outcome: "failed", why: messageOf(error) });
      break;
    }
  }
  return done;
}

/** One project, now. */
async function modelNow(api: NeonApi, orgId: string, projectId: string): Promise<ReachabilityModel | undefined> {
  const [found, { branches }, { endpoints: computes }, restricted, { endpoints }] = await Promise.all([
    ...([api.project(projectId), api.branches(projectId), api.computes(projectId)] as const),
    ...([api.vpc.restrictions(projectId), api.vpc.assignedTo(orgId)] as const),
  ]);
  if (!found) throw new PalisadeError("PAL_NOT_FOUND", `project ${projectId}`);
  const { project } = found;
  const assigned = endpoints.filter(({ region_id }) => region_id === project.region_id).map(({ vpc_endpoint_id }) => vpc_endpoint_id);
  const origins = await originsOf(api, projectId, branches, () => undefined);
  return liveModel({ project, branches, origins, computes, assigned, restricted: restricted?.map(({ vpc_endpoint_id: id }) => id) });
}
