import { isPalisadeError } from "../../contract/errors.js";
import { adopted } from "./adopt.js";
import type { Declarations } from "./declarations.js";
import type { Bag, Made, Mark, Shape, Slice } from "./define.js";
import { changes } from "./fields.js";
import type { Id } from "./ids.js";
import { assertNameFree, type Claims, HeldError, mayBeOfOneStack, renamedFrom } from "./held.js";
import { leftover, make, newMark } from "./leftover.js";
import type { Session } from "./session.js";

interface Run {
  /** Ids that this run has seen in the state: none of them is a leftover. */
  recordedIds: ReadonlySet<string>;
  declarations: Declarations;
  claims: Claims;
}

/** The object: named by `adopt`, left by an earlier run, or made now. `declaration` is new for each. */
export async function obtain<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  { ctx, before, stackId }: Session<Ctx>,
  inputs: Bag,
  { recordedIds, declarations, claims }: Run,
): Promise<Made<I, O, T> & { declaration: string }> {
  const mark = newMark(inputs, stackId);
  const taken =
    typeof inputs["adopt"] === "string"
      ? await adopted(slice, ctx, inputs["adopt"], inputs, mark, declarations)
      : await leftover(slice, { ctx, before }, inputs, mark, recordedIds);
  if (taken) return { declaration: mark.nonce, id: taken };
  try {
    const made = await claims.run(slice, inputs, async () => {
      await assertNameFree(slice, slice.uniqueName ? before : ctx, inputs);
      return make(slice, ctx, inputs, mark);
    });
    return { declaration: mark.nonce, ...made };
  } catch (error) {
    const refusal = isPalisadeError(error, "PAL_CONFLICT") ? ((await renamed(slice, ctx, inputs, mark)) ?? error) : error;
    if (refusal instanceof HeldError) declarations.askFor(slice.kind, refusal.objectId);
    throw refusal;
  }
}

async function renamed<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Bag,
  mark: Mark,
): Promise<HeldError | undefined> {
  const former = await formerSelf(slice, ctx, inputs, mark);
  return former && renamedFrom(slice, former, mark);
}

/** The object that stands in the way, where an earlier declaration of a stack of this name has made it. */
async function formerSelf<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Bag,
  mark: Mark,
): Promise<{ id: Id<T>; mark: Mark } | undefined> {
  const found = (await slice.find?.(ctx, inputs as never, mark)) ?? [];
  for (const one of found) {
    if (!mayBeOfOneStack(one.mark, mark)) continue;
    const live = await slice.observe(ctx, one.id, inputs);
    const differing = live ? changes(slice.inputs, live.inputs, inputs) : [];
    if (live && !differing.some(({ path, field }) => path === "name" || ["locked", "replace"].includes(field.meta()?.onChange ?? "")))
      return one;
  }
  return undefined;
}
