import { SEVERITIES, type Direction, type Severity } from "../../contract/findings.js";
import { isNearlyEveryone } from "../../contract/ranges.js";
import { capitalize, formatAddressSet } from "../change/formatReach.js";
import { listAddedInProject } from "./added.js";
import { listAddedOutside } from "./addedOutside.js";
import type { ManagedResource } from "./appliedRecord.js";
import { listLostComputes, listResourceItems } from "./changed.js";
import { listOverdueAccess } from "./overdueAccess.js";
import { listUndeclaredOpenings } from "./undeclaredOpenings.js";
import type { ClosingRepair, DriftFinding, DriftItem, AuditTrace } from "./driftItem.js";
import { listNetworkItems } from "./network.js";
import { groupByProject, type Observation } from "./observation.js";
import { computeDelta, getDirection, type ReachDelta, uniteDeltas } from "../reachability/edits.js";
import type { ReachabilityModel } from "../reachability/model.js";
import { buildLiveModel } from "./liveModel.js";

/** A finding, and what else is known of it. */
export interface JudgedItem {
  readonly finding: DriftFinding;
  readonly traces: readonly AuditTrace[];
  readonly closing: ClosingRepair | undefined;
}

/**
 * Everything that is not as it was applied. Which way a difference goes is not read off its field: the project is looked at with it and
 * without it, both as it is and as it should be, because two openings can hide each other.
 * @param own resources of this account @param all of the stack, so that what another account declares is nobody's addition
 */
export function compare(
  observation: Observation,
  own: readonly ManagedResource[],
  all: readonly ManagedResource[],
  urnStart: string,
  nowMs: number,
): JudgedItem[] {
  const items: DriftItem[] = [...listResourceItems(own, observation), ...listOverdueAccess(own, nowMs)];
  const byProject = groupByProject(own);
  for (const [id, live] of observation.projects) {
    const members = byProject.get(id) ?? [];
    items.push(
      ...listNetworkItems(live, members, nowMs),
      ...listLostComputes(live, members),
      ...listUndeclaredOpenings(live, members, observation.projectsBefore[id]),
      ...listAddedInProject(live, members),
    );
  }
  items.push(...listAddedOutside(observation, all, urnStart));
  const once = removeRepeats(items);
  const judge = createJudge(observation, once);
  return once
    .flatMap((item) => {
      const result = judge(item);
      // What the program leaves to others, others may close and change; nobody opens it unseen.
      return item.left && !["opens", "unknown"].includes(result.finding.direction) ? [] : [result];
    })
    .sort(compareBySeverity);
}

/** What one resource leaves and another declares is told of the one that declares it. */
function removeRepeats(items: readonly DriftItem[]): DriftItem[] {
  const keyOf = ({ project = "", closing }: DriftItem) => closing && `${project} ${closing.what}`;
  const declared = new Set(items.filter(({ left }) => !left).map(keyOf));
  return items.filter((item) => !(item.left && item.closing && declared.has(keyOf(item))));
}

function createJudge({ projects }: Observation, items: readonly DriftItem[]): (item: DriftItem) => JudgedItem {
  const models = new Map<string, { before: ReachabilityModel; after: ReachabilityModel } | undefined>();
  for (const [id, live] of projects) {
    const after = buildLiveModel(live);
    const reverts = items.flatMap(({ project, edits }) => (project === id && edits ? [edits.revert] : []));
    models.set(id, after && { before: reverts.reduce((model, revert) => revert(model), after), after });
  }
  return (item) => {
    const model = models.get(item.project ?? "");
    const delta =
      model &&
      item.edits &&
      uniteDeltas(computeDelta(item.edits.revert(model.after), model.after), computeDelta(model.before, item.edits.apply(model.before)));
    return judgeItem(item, delta);
  };
}

function judgeItem(
  { means, severity, edits, traces, closing, left: _left, ...rest }: DriftItem,
  delta: ReachDelta | undefined,
): JudgedItem {
  const direction = delta?.opens ? "opens" : (means ?? (delta ? getDirection(delta) : edits ? "unknown" : "neutral"));
  const everyone = delta?.opens === true && isNearlyEveryone(delta.opened);
  const opened = delta?.opens === true && !delta.opened.isEmpty ? ` ${capitalize(formatAddressSet(delta.opened))} may try to connect.` : "";
  const byDirection = computeSeverity(direction, everyone);
  // What a slice or a rule says of itself holds, unless reachability tells more than it could know.
  const isToldByRule = severity !== undefined && direction === means && delta?.opens !== true;
  const finding = {
    ...rest,
    says: rest.says + opened,
    direction,
    severity: isToldByRule ? severity : getMostSevere(severity ?? "low", byDirection),
  };
  return { finding, traces, closing };
}

function computeSeverity(direction: Direction, everyone: boolean): Severity {
  if (direction === "destroys" || (direction === "opens" && everyone)) return "high";
  return direction === "opens" || direction === "unknown" ? "medium" : "low";
}

const getRank = (severity: Severity): number => SEVERITIES.indexOf(severity);
const getMostSevere = (a: Severity, b: Severity): Severity => (getRank(a) <= getRank(b) ? a : b);

const compareBySeverity = ({ finding: a }: JudgedItem, { finding: b }: JudgedItem): number =>
  getRank(a.severity) - getRank(b.severity) || compareTexts(a.resource.id, b.resource.id) || compareTexts(a.rule, b.rule);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
