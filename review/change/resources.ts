import { storedProvider } from "../../contract/stored.js";
import { type Bag, isBag, isSecret, isUnreadable, settled } from "../../provider/resources/settled.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { UNMANAGED } from "../../provider/resources/meanings.js";
import type { ResourceRef } from "../finding.js";
import { FIELD_RULES, REACH_INPUTS } from "./fields.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared, ResourceChange } from "./model.js";
import type { Unjudged } from "./scene.js";
import { whyUnreadable } from "./unreadable.js";

/** What the change does at single resources: to their inputs, their existence, their options. */
export function resourceFindings(change: Change): ChangeFinding[] {
  return change.resources.flatMap((resource) => [
    ...(resource.kind ? [...fieldFindings(resource, resource.kind), ...lifeFindings(resource, resource.kind)] : []),
    ...optionFindings(resource),
    ...(resource.kind ? storedFindings(resource, resource.kind) : []),
  ]);
}

export const refOf = ({ type, name, urn, before, after }: ResourceChange): ResourceRef => ({
  kind: kindWord(type),
  id: (after ?? before)?.id ?? urn,
  name,
});
const kindWord = (type: string): string => {
  const last = type.slice(type.lastIndexOf(":") + 1);
  return last.charAt(0).toLowerCase() + last.slice(1);
};

/** The value at `network.allow`. */
const valueAt = (inputs: Bag, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (isBag(value) ? value[name] : undefined), inputs);

const wordOf = (value: unknown): string => (value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value));

const recordedInputs = (kind: Kind, side: Declared | undefined): Bag => (side ? settled(kind, side.outputs, side.inputs) : {});

function* fieldFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { before, after, urn } = resource;
  if (after === undefined) return;
  const was = recordedInputs(kind, before);
  // A new object takes nothing over from the one that it replaces.
  const is = settled(kind, resource.op === "replace" ? {} : was, after.inputs);
  for (const { property, when, kind: of, ...rule } of FIELD_RULES) {
    if (of !== kind) continue;
    const [from, to] = [valueAt(was, property), valueAt(is, property)];
    if (isUnreadable(to) || !when(from, to, before !== undefined)) continue;
    yield { ...rule, urn, property, resource: refOf(resource), before: before ? wordOf(from) : "does not exist", after: wordOf(to) };
  }
}

/** Inputs of which a change would say something, but which are secret or known only after the update. */
export const unknownFields = (change: Change): Unjudged[] =>
  change.resources.flatMap(({ urn, kind, after, op }) => {
    if (!kind || !after || op === "same") return [];
    const properties = [...(REACH_INPUTS[kind] ?? []), ...FIELD_RULES.filter((rule) => rule.kind === kind).map(({ property }) => property)];
    // A reference to a resource that is not made yet is followed by what it comes from.
    const unread = properties.filter((property) => !isReference(property) && isUnreadable(valueAt(after.inputs, property)));
    return [...new Set(unread)].map((property) => ({ urn, why: `${property} ${whyUnreadable(valueAt(after.inputs, property))}` }));
  });

const isReference = (property: string): boolean => ["projectId", "branchId", "parentBranchId", "branch"].includes(property);

function* lifeFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { op, before, after, urn } = resource;
  const at = { urn, resource: refOf(resource) };
  const { adopt } = after?.inputs ?? {};
  const { made, gone, isFor } = catalogue[kind].review;
  const elsewhere = op === "replace" && isFor?.some((name) => before?.inputs[name] !== after?.inputs[name]) === true;
  if (after && (op === "create" || elsewhere)) {
    const told = made?.(settled(kind, {}, after.inputs));
    if (told && adopt === undefined) yield { ...at, ...told, before: "does not exist", after: "exists" };
  }
  if (adopt !== undefined && before?.inputs["adopt"] === undefined)
    yield {
      ...{ ...at, rule: "adopts", severity: "medium", direction: "neutral", property: "adopt", after: wordOf(adopt) },
      says: "An existing object is taken over; it must be as the program says, and is not changed.",
      remedy: "Approve it if this stack is to manage the object.",
    };
  if (before && (after === undefined || op === "replace")) {
    if (op === "replace" && isFor && !elsewhere) return;
    const told = gone(recordedInputs(kind, before));
    const texts = { before: "exists", after: op === "replace" ? "made anew" : "does not exist" };
    yield before.retainOnDelete
      ? {
          ...at,
          ...texts,
          ...UNMANAGED,
          says: "The object stays where it is (retainOnDelete), and nothing declares it any more.",
          after: "unmanaged",
        }
      : { ...at, ...texts, ...told };
  }
}

/** Options of Pulumi itself, which a preview does not show on unchanged resources. */
function* optionFindings(resource: ResourceChange): Generator<ChangeFinding> {
  const { before, after, urn, kind } = resource;
  if (!before || !after) return;
  const at = { urn, resource: refOf(resource) };
  for (const option of ["protect", "retainOnDelete"] as const)
    if (kind && before[option] && !after[option])
      yield {
        ...{
          ...at,
          rule: "guard-option-removed",
          severity: "medium",
          direction: "destroys",
          property: option,
          before: "true",
          after: "false",
        },
        says: `Pulumi's ${option} is taken off: a later change can delete the object.`,
        remedy: `Keep ${option}: true.`,
      };
  const ignored = (after.ignoreChanges ?? []).filter((path) => before.ignoreChanges?.includes(path) === false && guards(kind, path));
  if (kind && ignored.length > 0)
    yield {
      ...{
        ...at,
        rule: "changes-ignored",
        severity: "medium",
        direction: "unknown",
        property: "ignoreChanges",
        before: before.ignoreChanges?.join(", ") || "none",
      },
      ...{ after: ignored.join(", "), says: "Pulumi no longer brings these inputs to what the program says." },
      remedy: "Take them out of ignoreChanges; what is ignored is not guarded.",
    };
  const lost = (before.secretOutputs ?? []).filter((name) => after.secretOutputs?.includes(name) === false);
  const plain = [...lost, ...plainNow(before.inputs, after.inputs)];
  if (plain.length > 0)
    yield {
      ...{
        ...at,
        rule: "secret-in-clear",
        severity: "high",
        direction: "opens",
        property: plain[0] as string,
        before: "secret",
        after: "in clear",
      },
      says: `${plain.join(", ")} would be written to the state in clear.`,
      remedy: "Keep the value a secret (pulumi.secret, or the configuration's --secret).",
    };
}

/** Whether `path` of ignoreChanges, such as `network.ranges` or `*`, covers an input that says who reaches what. */
function guards(kind: Kind | undefined, path: string): boolean {
  const [name = ""] = /[\w*]+/.exec(path) ?? [];
  const guarding = kind
    ? [...(REACH_INPUTS[kind] ?? []), ...FIELD_RULES.filter((rule) => rule.kind === kind).map(({ property }) => property.split(".", 1)[0])]
    : [];
  return name === "*" || guarding.includes(name);
}

function plainNow(before: unknown, after: unknown, path = ""): string[] {
  if (isSecret(before)) return isUnreadable(after) || after === undefined ? [] : [path];
  if (typeof before !== "object" || before === null || typeof after !== "object" || after === null) return [];
  return Object.entries(before).flatMap(([name, value]) => plainNow(value, (after as Bag)[name], path === "" ? name : `${path}.${name}`));
}

/** Code in the state is code that the next refresh runs, with the key at hand. */
function* storedFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { before, after, urn } = resource;
  const right = storedProvider(kind);
  const texts = [before?.inputs, before?.outputs, after?.inputs].flatMap((bag) => (bag && "__provider" in bag ? [bag["__provider"]] : []));
  if (texts.every((text) => text === right)) return;
  yield {
    ...{ urn, resource: refOf(resource), rule: "stored-code-changed", severity: "high", direction: "opens" },
    ...{ before: right, after: "another text" },
    says: "The code that Pulumi stores with the resource, and runs at the next refresh or destroy, is not Palisade's.",
    remedy: "Do not run this stack. Find out who wrote to its state, restore a backup, and run palisade doctor.",
  };
}
