import { catalogue, type Kind, type ReviewNote, UNMANAGED, isProperties, mergeInputs } from "../../provider/introspection.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import { collectSettingOwners, listOwnedSettings } from "./duplicateOwners.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared, ResourceChange } from "./change.js";
import { formatReach } from "./formatReach.js";
import { OWNS_NO_OBJECT } from "./renames.js";
import { toResourceRef } from "./resourceRef.js";
import { getReaches } from "../reachability/computeReach.js";

/** Judges resources that are created, deleted, adopted, or no longer declared. */
export function judgeLifecycle(
  { resources }: Change,
  builder: ReachabilityBuilder,
  renames: ReadonlyMap<string, ResourceChange>,
): ChangeFinding[] {
  const owners = collectSettingOwners(resources, "after", builder.references);
  const renamed = new Set([...renames.values()].map(({ urn }) => urn));
  const isStillDeclared = (declared: Declared): boolean => {
    if (renamed.has(declared.urn)) return true;
    const settings = listOwnedSettings(declared, "before", builder.references);
    return settings.length > 0 && settings.every((setting) => owners.has(setting));
  };
  return resources.flatMap((resource) => {
    const { kind } = resource;
    if (kind === undefined) return [];
    return [
      ...(renames.has(resource.urn) && OWNS_NO_OBJECT.has(kind) ? [] : judgeCreation(resource, kind)),
      ...judgeAdoption(resource, builder),
      ...judgeDeletion(resource, kind, isStillDeclared, builder.nowMs),
      ...judgeNetworkRelease(resource, builder, owners),
    ];
  });
}

const toFindingFields = ({ message, ...note }: ReviewNote) => ({ ...note, says: message });
const mergeRecordedInputs = (kind: Kind, { outputs, inputs }: Declared) => mergeInputs(kind, outputs, inputs);

/** Whether a replacement changes the identity of the object, so that replacing it loses nothing. */
const hasOtherIdentity = (kind: Kind, { op, before, after }: ResourceChange): boolean =>
  op === "replace" && catalogue[kind].review.identityInputs?.some((name) => before?.inputs[name] !== after?.inputs[name]) === true;

function* judgeCreation(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { op, after, urn } = resource;
  if (after === undefined || after.inputs["adopt"] !== undefined || (op !== "create" && !hasOtherIdentity(kind, resource))) return;
  const note = catalogue[kind].review.onCreate?.(mergeInputs(kind, {}, after.inputs));
  if (note) yield { urn, resource: toResourceRef(resource), ...toFindingFields(note), before: "does not exist", after: "exists" };
}

function* judgeAdoption(resource: ResourceChange, builder: ReachabilityBuilder): Generator<ChangeFinding> {
  const { before, after, urn, kind } = resource;
  const adopt = after?.inputs["adopt"];
  if (adopt === undefined || before?.inputs["adopt"] !== undefined) return;
  const reach = kind === "Project" ? formatCurrentReach(builder, urn) : undefined;
  yield {
    urn,
    resource: toResourceRef(resource),
    rule: "adopts",
    severity: "medium",
    direction: "neutral",
    property: "adopt",
    after: typeof adopt === "string" ? adopt : "an object known only after the update",
    says: `An existing object is taken over; it must be as the program says, and is not changed.${reach === undefined ? "" : ` Who may try to connect to its default branch: ${reach}.`}`,
    remedy: "Approve it if this stack is to manage the object.",
  };
}

function formatCurrentReach(builder: ReachabilityBuilder, urn: string): string | undefined {
  const key = builder.projectOf.get(urn);
  const model = key === undefined ? undefined : builder.getModelBefore(key);
  const main = model && [...model.names.values()].find((branch) => branch.urn === urn);
  const reaches = model && main && getReaches(model).get(main.key);
  return reaches && formatReach(reaches.reach);
}

function* judgeDeletion(
  resource: ResourceChange,
  kind: Kind,
  isStillDeclared: (declared: Declared) => boolean,
  nowMs: number,
): Generator<ChangeFinding> {
  const { op, before, after, urn } = resource;
  if (before === undefined || (after !== undefined && op !== "replace")) return;
  const { identityInputs, onDelete } = catalogue[kind].review;
  if (op === "replace" && identityInputs && !hasOtherIdentity(kind, resource)) return;
  const texts = { before: "exists", after: op === "replace" ? "recreated" : "does not exist" };
  const at = { urn, resource: toResourceRef(resource), ...texts };
  const note = onDelete(mergeRecordedInputs(kind, before), nowMs);
  const finding: ChangeFinding = before.retainOnDelete
    ? {
        ...at,
        ...UNMANAGED,
        after: "unmanaged",
        says: "The object stays where it is (retainOnDelete), and nothing declares it any more.",
      }
    : { ...at, ...toFindingFields(note) };
  // Where another resource of the program declares the same, nothing is left unmanaged.
  if (finding.rule !== UNMANAGED.rule || !isStillDeclared(before)) yield finding;
}

/** A project whose network becomes managed separately, while no resource of the stack declares it. */
function* judgeNetworkRelease(
  resource: ResourceChange,
  { references }: ReachabilityBuilder,
  owners: ReadonlyMap<string, readonly ResourceChange[]>,
): Generator<ChangeFinding> {
  const { kind, before, after, urn } = resource;
  if (kind !== "Project" || before === undefined || after === undefined) return;
  const allowOf = ({ inputs }: Declared) => (isProperties(inputs["network"]) ? inputs["network"]["allow"] : undefined);
  const [from, to] = [allowOf(before), allowOf(after)];
  if (from === "managedSeparately" || to !== "managedSeparately" || owners.has(`network ${references.getOwnKey(after)}`)) return;
  yield {
    urn,
    resource: toResourceRef(resource),
    ...UNMANAGED,
    property: "network.allow",
    before: String(from),
    after: "managedSeparately",
    says: "Who may connect stays as it is, and nothing in this stack declares it any more.",
  };
}
