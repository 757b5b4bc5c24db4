import { PalisadeError } from "../../contract/errors.js";
import type { Properties, Observed, Shape, Slice } from "./define.js";
import type { OtherDeclarations } from "./otherDeclarations.js";
import { type Change, listChangedNames, computeChanges, isSameValue, deduplicateSets } from "./fields.js";
import { type Id, parseId } from "./ids.js";

/**
 * Sends what differs now, and returns what is there afterwards. A locked field that the program has not touched since `before` may differ from
 * the live object; one that it asks to change is refused.
 * @throws PAL_LOCKED, and PAL_GONE when somebody else deleted the object
 */
export async function sync<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  id: string,
  { before: olds, inputs, known, live, others }: SyncRequest<I, O>,
): Promise<Observed<I, O>> {
  const parts = parseId(slice.id, id) as Id<T>;
  const differing = computeChanges(slice.inputs, live.inputs, inputs);
  const asked = differing.find(({ path, field, after: to }) => isLocked({ field }) && !isSameValue(field, getValueAt(olds, path), to));
  if (asked)
    throw new PalisadeError(
      "PAL_LOCKED",
      `${slice.kind} ${id}: ${asked.path} is ${JSON.stringify(asked.before)}, the program says ${JSON.stringify(asked.after)}`,
    );
  const open = differing.filter((change) => !isLocked(change));
  if (open.length === 0 && !others.mustResend() && !slice.isDue?.(olds, Date.now(), live.outputs)) return live;
  const declared = Object.keys(slice.inputs.shape).filter((name) => inputs[name] !== undefined);
  const changed = others.mustResend() ? new Set([...listChangedNames(open), ...declared]) : listChangedNames(open);
  const sent = deduplicateSets(slice.inputs, inputs) as never;
  const answered = await slice.update(ctx, parts, sent, changed, live, (once) => Object.assign(known, once), others);
  if (answered) return answered;
  const recorded = { ...Object.fromEntries(Object.keys(slice.outputs.shape).map((name) => [name, known[name]])), ...inputs };
  return assertPresent(slice, id, await slice.observe(ctx, parts, recorded));
}

export interface SyncRequest<I extends Shape, O extends Shape> {
  /** What is recorded; of a new object what it was made with. */
  before: Properties;
  inputs: Properties;
  /** What will be recorded; outputs that the update answers go there at once, so that a failure after it keeps them. */
  known: Properties;
  /** The object as it is now. */
  live: Observed<I, O>;
  /** What the rest of the run declares. */
  others: OtherDeclarations;
}

/** @throws PAL_GONE */
export function assertPresent<Seen>({ kind }: { kind: string }, id: string, seen: Seen | undefined): Seen {
  if (seen === undefined) throw new PalisadeError("PAL_GONE", `${kind} ${id} was deleted outside of Pulumi`);
  return seen;
}

const isLocked = ({ field }: Pick<Change, "field">): boolean => field.meta()?.onChange === "locked";
const getValueAt = (bag: Properties, path: string): unknown =>
  path.split(".").reduce<unknown>((value, step) => (value as Properties | undefined)?.[step], bag);
