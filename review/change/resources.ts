import { formatSeconds } from "../../contract/durations.js";
import { buildStoredProvider } from "../../contract/stored.js";
import { getValueAt } from "../../contract/values.js";
import {
  listSecretInputs,
  listSecretParts,
  type Kind,
  type Properties,
  isProperties,
  isSecret,
  isUnreadable,
  mergeInputs,
  UNKNOWN,
} from "../../provider/introspection.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import { hasEffect, type UnjudgedPart } from "./effects.js";
import { REACH_INPUTS, REFERENCES, RULES_OF } from "./fieldRules.js";
import type { ChangeFinding } from "./finding.js";
import { judgeLifecycle } from "./lifecycle.js";
import type { Change, Declared, ResourceChange } from "./change.js";
import type { References } from "./references.js";
import { judgeRenames, findRenames } from "./renames.js";
import { toResourceRef } from "./resourceRef.js";
import { formatUnreadableReason } from "./unreadable.js";

/** What the change does at single resources: to their inputs, their existence, their options. */
export function judgeResources(change: Change, builder: ReachabilityBuilder): ChangeFinding[] {
  const renames = findRenames(change.resources, builder.references);
  return [
    ...change.resources.flatMap((resource) => [
      ...(resource.kind ? judgeFields(resource, resource.kind, renames.get(resource.urn)?.before, builder.references) : []),
      ...judgeOptions(resource),
      ...(resource.kind ? [...judgeStoredCode(resource, resource.kind), ...judgeOwnershipTag(resource)] : []),
    ]),
    ...judgeLifecycle(change, builder, renames),
    ...judgeRenames(change.resources, renames),
  ];
}

/** Without the parts that are always secret: no rule goes by them, and what is beside them can be compared. */
function getJudgedValue(kind: Kind, inputs: Properties, property: string): unknown {
  const parts = listSecretParts(kind, property);
  return parts.reduce<unknown>(omitPart, getValueAt(inputs, property));
}

function omitPart(value: unknown, [step = "", ...rest]: readonly string[]): unknown {
  if (!isProperties(value) || isSecret(value) || !(step in value)) return value;
  const { [step]: part, ...others } = value;
  return rest.length === 0 ? others : { ...others, [step]: omitPart(part, rest) };
}

function formatValue(property: string, value: unknown): string {
  if (value === undefined) return "not set";
  if (typeof value === "number" && property.endsWith("Seconds")) return formatSeconds(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

const mergeRecordedInputs = (kind: Kind, side: Declared | undefined): Properties =>
  side ? mergeInputs(kind, side.outputs, side.inputs) : {};

/** @param renamedFrom what the resource was before, where only its name in the program is new */
function* judgeFields(
  resource: ResourceChange,
  kind: Kind,
  renamedFrom: Declared | undefined,
  references: References,
): Generator<ChangeFinding> {
  const { after, urn, op } = resource;
  const before = resource.before ?? renamedFrom;
  // What stays says nothing (test/review/change/completeness.test.ts).
  if (after === undefined || op === "same" || op === "read") return;
  const had = mergeRecordedInputs(kind, before);
  // A new object takes nothing over from the one that it replaces.
  const has = mergeInputs(kind, op === "replace" ? {} : had, after.inputs);
  for (const { property, when, kind: _, words, message, compares, ...rule } of RULES_OF[kind]) {
    const [left, right] = compares === "declared" ? [before?.inputs ?? {}, after.inputs] : [had, has];
    const [from, declared] = [getJudgedValue(kind, left, property), getJudgedValue(kind, right, property)];
    // A reference is compared as what it is taken for.
    const part = REFERENCES[kind].find((one) => one.property === property)?.part;
    const assumed =
      part === "project" ? references.findProjectKey(after, "after") : part && references.findBranchKey(after, property, "after");
    const to = declared === UNKNOWN && assumed !== undefined ? (isSameKey(from, assumed) ? from : assumed) : declared;
    if (isUnreadable(to) || !when(from, to, before !== undefined)) continue;
    const [fromText, toText] = words?.(from, to) ?? [formatValue(property, from), formatValue(property, to)];
    yield {
      ...rule,
      says: message,
      urn,
      property,
      resource: toResourceRef(resource),
      before: before ? fromText : "does not exist",
      after: toText,
    };
  }
}

const isSameKey = (reference: unknown, key: string): boolean =>
  typeof reference === "string" && (reference.split("/", 1)[0] === key || reference.endsWith(`/${key}`) || reference === key);

/** Inputs of which a change would say something, but which are secret or known only after the update. */
export const listUnknownFields = (change: Change, references: References): UnjudgedPart[] =>
  change.resources.flatMap(({ urn, kind, before, after, op }) => {
    if (!kind || !after || op === "same" || op === "read") return [];
    const referring = new Map(REFERENCES[kind].map(({ property, part }) => [property, part]));
    const properties = [...(REACH_INPUTS[kind] ?? []), ...RULES_OF[kind].map(({ property }) => property), ...referring.keys()];
    const hidden = before === undefined ? [] : listHiddenChanges(kind, before.inputs, after.inputs).map((why) => ({ urn, why }));
    const unread = [...new Set(properties)].flatMap((property): UnjudgedPart[] => {
      const value = getJudgedValue(kind, after.inputs, property);
      if (!isUnreadable(value)) return [];
      const part = referring.get(property);
      // A reference to what is not made yet is taken for what it is made from, and the guard holds the update to that.
      const key =
        part === "project" ? references.findProjectKey(after, "after") : part && references.findBranchKey(after, property, "after");
      // Of what reach is made of, that nothing tells it is said already.
      if (value === UNKNOWN && part !== undefined && (key !== undefined || hasEffect(kind))) return [];
      return [{ urn, why: `${property} ${formatUnreadableReason(value)}` }];
    });
    return [...unread, ...hidden];
  });

/** Of an object that stays and has a part that is always secret: no rule goes by that, whether it changes shows nowhere, and it may lead elsewhere. */
const listHiddenChanges = (kind: Kind, before: Properties, after: Properties): string[] =>
  listSecretInputs(kind).flatMap((path) => {
    const name = path.join(".");
    const [was, is] = [getValueAt(before, name), getValueAt(after, name)];
    if (was === undefined || is === undefined) return [];
    if (!isUnreadable(was) && !isUnreadable(is)) return path.length > 1 && was !== is ? [`${name} changes, and no rule goes by it`] : [];
    return [`${name} ${formatUnreadableReason(isUnreadable(is) ? is : was)}`];
  });

/** Options of Pulumi itself, which a preview does not show on unchanged resources. */
function* judgeOptions(resource: ResourceChange): Generator<ChangeFinding> {
  const { before, after, urn, kind } = resource;
  if (!before || !after) return;
  const at = () => ({ urn, resource: toResourceRef(resource) });
  for (const option of ["protect", "retainOnDelete"] as const)
    if (kind && before[option] && !after[option])
      yield {
        ...at(),
        rule: "guard-option-removed",
        severity: "medium",
        direction: "destroys",
        property: option,
        before: "true",
        after: "false",
        says: `Pulumi's ${option} is taken off: a later change can delete the object.`,
        remedy: `Keep ${option}: true.`,
      };
  const ignored = (after.ignoreChanges ?? []).filter((path) => before.ignoreChanges?.includes(path) === false && isGuardedPath(kind, path));
  if (kind && ignored.length > 0)
    yield {
      ...at(),
      rule: "changes-ignored",
      severity: "medium",
      direction: "unknown",
      property: "ignoreChanges",
      before: before.ignoreChanges?.join(", ") || "none",
      after: ignored.join(", "),
      says: "Pulumi no longer brings these inputs to what the program says.",
      remedy: "Take them out of ignoreChanges; what is ignored is not guarded.",
    };
  const lost = (before.secretOutputs ?? []).filter((name) => after.secretOutputs?.includes(name) === false);
  const plain = [...lost, ...collectRevealed(before.inputs, after.inputs)];
  if (plain.length > 0)
    yield {
      ...at(),
      rule: "secret-in-clear",
      severity: "high",
      direction: "opens",
      property: plain[0] as string,
      before: "secret",
      after: "in clear",
      says: `${plain.join(", ")} would be written to the state in clear.`,
      remedy: "Keep the value a secret (pulumi.secret, or the configuration's --secret).",
    };
}

/** Whether `path` of ignoreChanges, such as `network.ranges` or `*`, covers an input that reachability depends on. */
function isGuardedPath(kind: Kind | undefined, path: string): boolean {
  const [name = ""] = /[\w*]+/.exec(path) ?? [];
  const guarding = kind ? [...(REACH_INPUTS[kind] ?? []), ...RULES_OF[kind].map(({ property }) => property.split(".", 1)[0])] : [];
  return name === "*" || guarding.includes(name);
}

/** What was secret and can be read now. Into one list: it is asked of every resource. */
function collectRevealed(before: unknown, after: unknown, path = "", found: string[] = []): string[] {
  if (isSecret(before)) {
    if (!isUnreadable(after) && after !== undefined) found.push(path);
  } else if (typeof before === "object" && before !== null && typeof after === "object" && after !== null)
    for (const [name, value] of Object.entries(before))
      if (typeof value === "object" || isSecret(value))
        collectRevealed(value, (after as Properties)[name], path === "" ? name : `${path}.${name}`, found);
  return found;
}

/** The ownership tag of an object names its resource: with the tag of another one the provider would adopt that one's object. */
function* judgeOwnershipTag(resource: ResourceChange): Generator<ChangeFinding> {
  const { before, after, urn, op } = resource;
  const managedBy = after?.inputs["managedBy"];
  if (op === "same" || op === "read" || typeof managedBy !== "string" || managedBy === UNKNOWN) return;
  // Written once: what has got another name by an alias keeps the one that it was made with.
  if (managedBy === urn || (op === "update" && managedBy === before?.inputs["managedBy"])) return;
  yield {
    urn,
    resource: toResourceRef(resource),
    rule: "mark-of-another",
    severity: "high",
    direction: "opens",
    property: "managedBy",
    before: urn,
    after: managedBy,
    says: "The resource carries the ownership tag of another one: the provider would adopt that one's object.",
    remedy: "Leave managedBy alone: the classes set it. Check for a transform, or a resource that is created without them.",
  };
}

/** Code in the state is code that the next refresh runs, with the key at hand. */
function* judgeStoredCode(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { before, after, urn } = resource;
  const right = buildStoredProvider(kind);
  const isRight = (bag: Properties | undefined): boolean => bag === undefined || !("__provider" in bag) || bag["__provider"] === right;
  if (isRight(before?.inputs) && isRight(before?.outputs) && isRight(after?.inputs)) return;
  yield {
    urn,
    resource: toResourceRef(resource),
    rule: "stored-code-changed",
    severity: "high",
    direction: "opens",
    before: right,
    after: "another text",
    says: "The code that Pulumi stores with the resource, and runs at the next refresh or destroy, is not Palisade's.",
    remedy: "Do not run this stack. Find out who wrote to its state, restore a backup, and run palisade doctor.",
  };
}
