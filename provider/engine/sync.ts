import { PalisadeError } from "../../contract/errors.js";
import type { Bag, Observed, Shape, Slice } from "./define.js";
import { type Change, changedNames, changes, same, withoutRepeats } from "./fields.js";
import { type Id, parseId } from "./ids.js";

/**
 * Sends what differs now, and returns what is there afterwards. A locked field that the program has not touched since `olds` may differ from
 * the live object; one that it asks to change is refused.
 * @param known what will be recorded; outputs that the update is told go there at once, so that a failure after it keeps them
 * @throws PAL_LOCKED, and PAL_GONE when somebody else deleted the object
 */
export async function sync<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  id: string,
  olds: Bag,
  inputs: Bag,
  known: Bag,
): Promise<Observed<I, O>> {
  const parts = parseId(slice.id, id) as Id<T>;
  const live = await present(olds);
  const differing = changes(slice.inputs, live.inputs, inputs);
  const asked = differing.find(({ path, field, to }) => isLocked({ field }) && !same(field, valueAt(olds, path), to));
  if (asked)
    throw new PalisadeError(
      "PAL_LOCKED",
      `${slice.kind} ${id}: ${asked.path} is ${JSON.stringify(asked.from)}, the program says ${JSON.stringify(asked.to)}`,
    );
  const open = differing.filter((change) => !isLocked(change));
  if (open.length === 0 && !slice.due?.(olds, Date.now())) return live;
  await slice.update(ctx, parts, withoutRepeats(slice.inputs, inputs) as never, changedNames(open), live, (once) =>
    Object.assign(known, once),
  );
  return present({ ...Object.fromEntries(Object.keys(slice.outputs.shape).map((name) => [name, known[name]])), ...inputs });

  async function present(recorded: Bag): Promise<Observed<I, O>> {
    const seen = await slice.observe(ctx, parts, recorded);
    if (!seen) throw new PalisadeError("PAL_GONE", `${slice.kind} ${id}: somebody else deleted it`);
    return seen;
  }
}

const isLocked = ({ field }: Pick<Change, "field">): boolean => field.meta()?.onChange === "locked";
const valueAt = (bag: Bag, path: string): unknown =>
  path.split(".").reduce<unknown>((value, step) => (value as Bag | undefined)?.[step], bag);
