import { SEVERITIES, type Direction, type Severity } from "../../contract/findings.js";
import { isNearlyEveryone } from "../../contract/ranges.js";
import { capitalised, setText } from "../change/reachText.js";
import { addedIn } from "./added.js";
import { addedOutside } from "./addedOutside.js";
import type { Managed } from "./applied.js";
import { lostComputes, resourceItems } from "./changed.js";
import { leftItems } from "./leftItems.js";
import type { Closing, DriftFinding, Item, Trace } from "./item.js";
import { networkItems } from "./network.js";
import { membersOf, type Observation } from "./observe.js";
import { deltaOf, directionOf, type ReachDelta, uniteDeltas } from "../reachability/edits.js";
import type { ReachabilityModel } from "../reachability/model.js";
import { liveModel } from "./liveModel.js";

/** A finding, and what else is known of it. */
export interface Judged {
  readonly finding: DriftFinding;
  readonly traces: readonly Trace[];
  readonly closing: Closing | undefined;
}

/**
 * Everything that is not as it was applied. Which way a difference goes is not read off its field: the project is looked at with it and
 * without it, both as it is and as it should be, because two openings can hide each other.
 * @param own resources of this account @param all of the stack, so that what another account declares is nobody's addition
 */
export function compare(
  observation: Observation,
  own: readonly Managed[],
  all: readonly Managed[],
  urnStart: string,
  nowMs: number,
): Judged[] {
  const items: Item[] = [...resourceItems(own, observation)];
  const byProject = membersOf(own);
  for (const [id, live] of observation.projects) {
    const members = byProject.get(id) ?? [];
    items.push(
      ...networkItems(live, members, nowMs),
      ...lostComputes(live, members),
      ...leftItems(live, members, observation.projectsBefore[id]),
      ...addedIn(live, members),
    );
  }
  items.push(...addedOutside(observation, all, urnStart));
  const once = withoutRepeats(items);
  const judge = judgeIn(observation, once);
  return once
    .flatMap((item) => {
      const result = judge(item);
      // What the program leaves to others, others may close and change; nobody opens it unseen.
      return item.left && !["opens", "unknown"].includes(result.finding.direction) ? [] : [result];
    })
    .sort(bySeverity);
}

/** What one resource leaves and another declares is told of the one that declares it. */
function withoutRepeats(items: readonly Item[]): Item[] {
  const keyOf = ({ project = "", closing }: Item) => closing && `${project} ${closing.what}`;
  const declared = new Set(items.filter(({ left }) => !left).map(keyOf));
  return items.filter((item) => !(item.left && item.closing && declared.has(keyOf(item))));
}

function judgeIn({ projects }: Observation, items: readonly Item[]): (item: Item) => Judged {
  const models = new Map<string, { before: ReachabilityModel; after: ReachabilityModel } | undefined>();
  for (const [id, live] of projects) {
    const after = liveModel(live);
    const reverts = items.flatMap(({ project, edits }) => (project === id && edits ? [edits.revert] : []));
    models.set(id, after && { before: reverts.reduce((model, revert) => revert(model), after), after });
  }
  return (item) => {
    const model = models.get(item.project ?? "");
    const delta =
      model &&
      item.edits &&
      uniteDeltas(deltaOf(item.edits.revert(model.after), model.after), deltaOf(model.before, item.edits.apply(model.before)));
    return judged(item, delta);
  };
}

function judged({ means, severity, edits, traces, closing, left: _left, ...rest }: Item, delta: ReachDelta | undefined): Judged {
  const direction = delta?.opens ? "opens" : (means ?? (delta ? directionOf(delta) : edits ? "unknown" : "neutral"));
  const everyone = delta?.opens === true && isNearlyEveryone(delta.opened);
  const opened = delta?.opens === true && !delta.opened.isEmpty ? ` ${capitalised(setText(delta.opened))} may try to connect.` : "";
  const byDirection = severityOf(direction, everyone);
  // What a slice or a rule says of itself holds, unless reachability tells more than it could know.
  const isToldByRule = severity !== undefined && direction === means && delta?.opens !== true;
  const finding = {
    ...rest,
    says: rest.says + opened,
    direction,
    severity: isToldByRule ? severity : severest(severity ?? "low", byDirection),
  };
  return { finding, traces, closing };
}

function severityOf(direction: Direction, everyone: boolean): Severity {
  if (direction === "destroys" || (direction === "opens" && everyone)) return "high";
  return direction === "opens" || direction === "unknown" ? "medium" : "low";
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);
const severest = (a: Severity, b: Severity): Severity => (rank(a) <= rank(b) ? a : b);

const bySeverity = ({ finding: a }: Judged, { finding: b }: Judged): number =>
  rank(a.severity) - rank(b.severity) || compareTexts(a.resource.id, b.resource.id) || compareTexts(a.rule, b.rule);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
