import { isPalisadeError } from "../../contract/errors.js";
import { adopted } from "./adopt.js";
import type { Declarations } from "./declarations.js";
import type { Bag, Made, Mark, Shape, Slice } from "./define.js";
import { changes } from "./fields.js";
import { formatId, type Id } from "./ids.js";
import { assertNameFree, type Claims, HeldError } from "./held.js";
import { leftover, make, newMark, provablyForeign } from "./leftover.js";
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
  const why = former && ` carries the mark of ${former.mark.managedBy}: ${aliasOf(former.mark, mark)}`;
  return former && new HeldError("PAL_RENAMED", formatId(slice.id, former.id), slice.kind, why);
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
    if (stackOf(one.mark) !== stackOf(mark) || provablyForeign(one.mark, mark)) continue;
    const live = await slice.observe(ctx, one.id, inputs);
    const differing = live ? changes(slice.inputs, live.inputs, inputs) : [];
    if (live && !differing.some(({ path, field }) => path === "name" || ["locked", "replace"].includes(field.meta()?.onChange ?? "")))
      return one;
  }
  return undefined;
}

/** `urn:pulumi:stack::project` */
const stackOf = ({ managedBy }: Mark): string => managedBy.split("::").slice(0, 2).join("::");

/** A name says enough where nothing but the name has changed. */
const aliasOf = ({ managedBy: before }: Mark, { managedBy: now }: Mark): string => {
  const head = (urn: string) => urn.slice(0, urn.lastIndexOf("::"));
  return head(before) === head(now)
    ? `aliases: [{ name: ${JSON.stringify(before.slice(head(before).length + 2))} }]`
    : `aliases: [${JSON.stringify(before)}]`;
};
