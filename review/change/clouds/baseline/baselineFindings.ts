import { isOfComponent } from "../../../../contract/components.js";
import { parseKeyPolicy } from "../../../../contract/kmsPolicies.js";
import { isUnreadable } from "../../../../provider/introspection.js";
import type { Change, Declared, ResourceChange } from "../../change.js";
import type { UnjudgedPart } from "../../effects.js";
import type { ChangeFinding } from "../../finding.js";
import { toResourceRef } from "../../resourceRef.js";
import { formatUnreadableReason } from "../../unreadable.js";
import { alignSides } from "../alignSides.js";
import type { PathJudgement } from "../pathFindings.js";
import { hasReferenceTo } from "../privatePath.js";
import { isSurelySame } from "../readFields.js";
import { compareContents, READ_AS_A_WHOLE } from "./contents.js";
import { compareGrants, POLICY_INPUTS } from "./grants.js";
import { GUARDING_INPUTS } from "./guardingInputs.js";
import { LOST } from "./losses.js";
import { judgeSecondOwner } from "./secondOwners.js";
import { OF_ACCOUNT, TYPES } from "./types.js";
import { compareInputs, getPath, type Sides, type Weakening } from "./weakening.js";

const KNOWN: ReadonlySet<string> = new Set(Object.values(TYPES));

/** What the change does to the evidence, the detection, the alarms and the roles of a baseline. */
export function judgeBaselines(change: Change): PathJudgement {
  const aligned = alignSides(change.resources);
  // Where it was a child of a component, by whatever name, it still counts as one.
  const recordedUrns = new Map(change.resources.map(({ urn, before }) => [urn, before?.urn ?? urn]));
  const isOfBaseline = ({ type, urn }: ResourceChange): boolean =>
    OF_ACCOUNT.has(type) || isOfComponent(urn) || isOfComponent(recordedUrns.get(urn) ?? urn);
  const changed = aligned.filter(({ op }) => op !== "same" && op !== "read");
  const mine = changed.filter((one) => KNOWN.has(one.type) && isOfBaseline(one));
  const ofComponents = aligned.flatMap((one) => (one.after !== undefined && isOfBaseline(one) ? [one.after] : []));
  const beside = changed.filter((one) => !isOfBaseline(one));
  return {
    findings: [
      ...mine.flatMap((one) => listWeakenings(one, aligned).map((weakening) => toFinding(one, weakening))),
      ...beside.flatMap((one) => judgeSecondOwner(one, ofComponents).map((weakening) => toFinding(one, weakening))),
    ],
    unjudged: mine.flatMap((one) => [...listUnreadableInputs(one), ...listNoPolicies(one)]),
  };
}

const toFinding = (one: ResourceChange, weakening: Weakening): ChangeFinding => ({
  urn: one.urn,
  resource: toResourceRef(one),
  ...weakening,
});

function listWeakenings(one: ResourceChange, all: readonly ResourceChange[]): Weakening[] {
  if (one.before !== undefined && one.after === undefined) return judgeLoss(one, one.before, all);
  const sides: Sides = { before: one.before?.inputs, after: one.after?.inputs };
  const readable = listWhollyRead(one.type).every((input) => !isUnreadable([sides.before?.[input], sides.after?.[input]]));
  const found = [
    ...compareInputs(GUARDING_INPUTS[one.type] ?? [], sides),
    ...compareContents(one.type, sides, readable),
    ...compareGrants(one.type, sides, readable),
  ];
  return [...found, ...judgeReplacement(one)];
}

/** What goes by a retained deletion stays at the cloud. */
function judgeLoss(one: ResourceChange, gone: Declared, all: readonly ResourceChange[]): Weakening[] {
  if (gone.retainOnDelete) return [];
  if (one.type === TYPES.subscription) return [judgeSubscriptionLoss(gone, all)];
  const lost = LOST[one.type];
  return lost === undefined ? [] : [{ ...lost, before: "exists", after: "does not exist" }];
}

/** Others of the same topic may still hear. */
function judgeSubscriptionLoss(gone: Declared, all: readonly ResourceChange[]): Weakening {
  const topics = all.flatMap(({ before }) => (before?.type === TYPES.topic && hasReferenceTo(gone, "topic", before) ? [before] : []));
  const isOfTopic = (other: Declared): boolean =>
    topics.some((topic) => hasReferenceTo(other, "topic", topic)) || other.inputs["topic"] === gone.inputs["topic"];
  const others = all.filter(({ after }) => after?.type === TYPES.subscription && isOfTopic(after)).length;
  return {
    rule: "alarms-unheard",
    severity: others === 0 ? "medium" : "low",
    direction: "destroys",
    before: "told",
    after: others === 0 ? "nobody is told" : `${others} others are told`,
    says: others === 0 ? "Nobody hears the alarms." : "Somebody who heard the alarms no longer does.",
    remedy: "Keep at least one subscriber.",
  };
}

/** Nothing is recorded or found between the two. */
function judgeReplacement({ type, op }: ResourceChange): Weakening[] {
  const lost = LOST[type];
  if (op !== "replace" || lost === undefined) return [];
  const says = "It is recreated: what happens in between is not seen, and what it kept goes with the old one.";
  return [{ ...lost, severity: lost.severity === "high" ? "medium" : "low", before: "exists", after: "recreated", says }];
}

const listWhollyRead = (type: string): readonly string[] => READ_AS_A_WHOLE[type] ?? [];

/** What is read, says something else than before, and cannot be read. */
function listUnreadableInputs({ urn, type, before, after }: ResourceChange): UnjudgedPart[] {
  if (after === undefined) return [];
  const guards = before === undefined ? [] : (GUARDING_INPUTS[type] ?? []).map(({ path }) => path);
  return [...listWhollyRead(type), ...guards].flatMap((path) => {
    const [was, is] = [before && getPath(before.inputs, path), getPath(after.inputs, path)];
    if (!isUnreadable([was, is]) || isSurelySame(was, is)) return [];
    return [{ urn, why: `${path} ${formatUnreadableReason(isUnreadable(is) ? is : was)}` }];
  });
}

/** A text that nobody can read lets in nobody knows whom. */
function listNoPolicies({ urn, type, before, after }: ResourceChange): UnjudgedPart[] {
  const input = POLICY_INPUTS[type];
  const value = input === undefined ? undefined : after?.inputs[input];
  if (value === undefined || isUnreadable(value) || isSurelySame(before?.inputs[input ?? ""], value)) return [];
  return typeof value !== "string" || parseKeyPolicy(value) === undefined
    ? [{ urn, why: `${input ?? ""} is no policy that can be read` }]
    : [];
}
