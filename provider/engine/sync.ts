import { PalisadeError } from "../../contract/errors.js";
import type { Bag, Observed, Shape, Slice } from "./define.js";
import type { Others } from "./declarations.js";
import { type Change, changedNames, changes, same, withoutRepeats } from "./fields.js";
import { type Id, parseId } from "./ids.js";

/**
 * Sends what differs now, and returns what is there afterwards. A locked field that the program has not touched since `olds` may differ from
 * the live object; one that it asks to change is refused.
 * @throws PAL_LOCKED, and PAL_GONE when somebody else deleted the object
 */
export async function sync<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  id: string,
  { olds, inputs, known, live, others }: Wanted<I, O>,
): Promise<Observed<I, O>> {
  const parts = parseId(slice.id, id) as Id<T>;
  const differing = changes(slice.inputs, live.inputs, inputs);
  const asked = differing.find(({ path, field, to }) => isLocked({ field }) && !same(field, valueAt(olds, path), to));
  if (asked)
    throw new PalisadeError(
      "PAL_LOCKED",
      `${slice.kind} ${id}: ${asked.path} is ${JSON.stringify(asked.from)}, the program says ${JSON.stringify(asked.to)}`,
    );
  const open = differing.filter((change) => !isLocked(change));
  if (open.length === 0 && !others.again() && !slice.due?.(olds, Date.now())) return live;
  const declared = Object.keys(slice.inputs.shape).filter((name) => inputs[name] !== undefined);
  const changed = others.again() ? new Set([...changedNames(open), ...declared]) : changedNames(open);
  const sent = withoutRepeats(slice.inputs, inputs) as never;
  const answered = await slice.update(ctx, parts, sent, changed, live, (once) => Object.assign(known, once), others);
  if (answered) return answered;
  const recorded = { ...Object.fromEntries(Object.keys(slice.outputs.shape).map((name) => [name, known[name]])), ...inputs };
  return mustBeThere(slice, id, await slice.observe(ctx, parts, recorded));
}

export interface Wanted<I extends Shape, O extends Shape> {
  /** What is recorded; of a new object what it was made with. */
  olds: Bag;
  inputs: Bag;
  /** What will be recorded; outputs that the update is told go there at once, so that a failure after it keeps them. */
  known: Bag;
  /** The object as it is now. */
  live: Observed<I, O>;
  /** What the rest of the run declares. */
  others: Others;
}

/** @throws PAL_GONE */
export function mustBeThere<Seen>({ kind }: { kind: string }, id: string, seen: Seen | undefined): Seen {
  if (seen === undefined) throw new PalisadeError("PAL_GONE", `${kind} ${id}: somebody else deleted it`);
  return seen;
}

const isLocked = ({ field }: Pick<Change, "field">): boolean => field.meta()?.onChange === "locked";
const valueAt = (bag: Bag, path: string): unknown =>
  path.split(".").reduce<unknown>((value, step) => (value as Bag | undefined)?.[step], bag);
