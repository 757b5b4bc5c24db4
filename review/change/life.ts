import { catalogue, type Kind } from "../../provider/resources/index.js";
import type { ReviewNote } from "../../provider/resources/reviewed.js";
import { UNMANAGED } from "../../provider/resources/reviewRules.js";
import { isBag, settled } from "../../provider/resources/settled.js";
import type { ReachabilityBuilder } from "./builder.js";
import { ownersOf, settingsOf } from "./duplicateOwners.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared, ResourceChange } from "./model.js";
import { reachText } from "./reachText.js";
import { OWNS_NO_OBJECT } from "./renames.js";
import { refOf } from "./resourceRef.js";
import { reachOf } from "../reachability/compute.js";

/** What it means that resources come, go, are taken over, or are declared no more. */
export function lifeFindings(
  { resources }: Change,
  builder: ReachabilityBuilder,
  renames: ReadonlyMap<string, ResourceChange>,
): ChangeFinding[] {
  const owners = ownersOf(resources, "after", builder.references);
  const renamed = new Set([...renames.values()].map(({ urn }) => urn));
  const isStillDeclared = (declared: Declared): boolean => {
    if (renamed.has(declared.urn)) return true;
    const settings = settingsOf(declared, "before", builder.references);
    return settings.length > 0 && settings.every((setting) => owners.has(setting));
  };
  return resources.flatMap((resource) => {
    const { kind } = resource;
    if (kind === undefined) return [];
    return [
      ...(renames.has(resource.urn) && OWNS_NO_OBJECT.has(kind) ? [] : createFindings(resource, kind)),
      ...adoptFindings(resource, builder),
      ...deleteFindings(resource, kind, isStillDeclared, builder.nowMs),
      ...networkGivenUp(resource, builder, owners),
    ];
  });
}

const noteOf = ({ message, ...note }: ReviewNote) => ({ ...note, says: message });
const recordedInputs = (kind: Kind, { outputs, inputs }: Declared) => settled(kind, outputs, inputs);

/** Whether a replacement is for another one than before, where a replacement loses nothing. */
const isForAnother = (kind: Kind, { op, before, after }: ResourceChange): boolean =>
  op === "replace" && catalogue[kind].review.identityInputs?.some((name) => before?.inputs[name] !== after?.inputs[name]) === true;

function* createFindings(resource: ResourceChange, kind: Kind): Generator<ChangeFinding> {
  const { op, after, urn } = resource;
  if (after === undefined || after.inputs["adopt"] !== undefined || (op !== "create" && !isForAnother(kind, resource))) return;
  const note = catalogue[kind].review.onCreate?.(settled(kind, {}, after.inputs));
  if (note) yield { urn, resource: refOf(resource), ...noteOf(note), before: "does not exist", after: "exists" };
}

function* adoptFindings(resource: ResourceChange, builder: ReachabilityBuilder): Generator<ChangeFinding> {
  const { before, after, urn, kind } = resource;
  const adopt = after?.inputs["adopt"];
  if (adopt === undefined || before?.inputs["adopt"] !== undefined) return;
  const reach = kind === "Project" ? reachNow(builder, urn) : undefined;
  yield {
    ...{ urn, resource: refOf(resource), rule: "adopts", severity: "medium", direction: "neutral", property: "adopt" },
    after: typeof adopt === "string" ? adopt : "an object known only after the update",
    says: `An existing object is taken over; it must be as the program says, and is not changed.${reach === undefined ? "" : ` Who may try to connect to its default branch: ${reach}.`}`,
    remedy: "Approve it if this stack is to manage the object.",
  };
}

function reachNow(builder: ReachabilityBuilder, urn: string): string | undefined {
  const key = builder.projectOf.get(urn);
  const model = key === undefined ? undefined : builder.before(key);
  const main = model && [...model.names.values()].find((branch) => branch.urn === urn);
  const reaches = model && main && reachOf(model).get(main.key);
  return reaches && reachText(reaches.reach);
}

function* deleteFindings(
  resource: ResourceChange,
  kind: Kind,
  isStillDeclared: (declared: Declared) => boolean,
  nowMs: number,
): Generator<ChangeFinding> {
  const { op, before, after, urn } = resource;
  if (before === undefined || (after !== undefined && op !== "replace")) return;
  const { identityInputs, onDelete } = catalogue[kind].review;
  if (op === "replace" && identityInputs && !isForAnother(kind, resource)) return;
  const texts = { before: "exists", after: op === "replace" ? "made anew" : "does not exist" };
  const at = { urn, resource: refOf(resource), ...texts };
  const note = onDelete(recordedInputs(kind, before), nowMs);
  const finding: ChangeFinding = before.retainOnDelete
    ? {
        ...{ ...at, ...UNMANAGED, after: "unmanaged" },
        says: "The object stays where it is (retainOnDelete), and nothing declares it any more.",
      }
    : { ...at, ...noteOf(note) };
  // Where another resource of the program declares the same, nothing is left unmanaged.
  if (finding.rule !== UNMANAGED.rule || !isStillDeclared(before)) yield finding;
}

/** A project that leaves its list to others, and nobody in the stack takes it over. */
function* networkGivenUp(
  resource: ResourceChange,
  { references }: ReachabilityBuilder,
  owners: ReadonlyMap<string, readonly ResourceChange[]>,
): Generator<ChangeFinding> {
  const { kind, before, after, urn } = resource;
  if (kind !== "Project" || before === undefined || after === undefined) return;
  const allowOf = ({ inputs }: Declared) => (isBag(inputs["network"]) ? inputs["network"]["allow"] : undefined);
  const [from, to] = [allowOf(before), allowOf(after)];
  if (from === "managedSeparately" || to !== "managedSeparately" || owners.has(`network ${references.ownKey(after)}`)) return;
  yield {
    ...{ urn, resource: refOf(resource), ...UNMANAGED, property: "network.allow", before: String(from), after: "managedSeparately" },
    says: "Who may connect stays as it is, and nothing in this stack declares it any more.",
  };
}
