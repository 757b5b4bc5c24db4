import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { Declarations } from "./declarations.js";
import type { Bag, Made, Mark, Shape, Slice } from "./define.js";
import { changes } from "./fields.js";
import { formatId, type Id } from "./ids.js";
import { assertNameFree, provablyForeign } from "./held.js";
import type { Session } from "./session.js";

/** How long a lost create is looked for in the same call, in milliseconds, and how often. Ours: longer than any answer's transport. */
const RECONCILE_MS = 10_000;
const RECONCILE_STEP_MS = 500;

/** Enough that no two calls meet; short, because some objects carry it in their name. */
const NONCE_BYTES = 8;

/** An orphan is nobody's. */
const NOBODY = new Declarations().besides("");

/** The mark of one call that makes an object. */
export const newMark = (inputs: Bag, stackId: string | undefined): Mark => ({
  managedBy: inputs["managedBy"] as string,
  stackId,
  nonce: randomBytes(NONCE_BYTES).toString("hex"),
});

/**
 * What an earlier run has made for this resource before it could record it. Taken only when that is certain: the mark carries this stack's id,
 * one object only carries it, it is not an object of this run, and it equals all that cannot be changed afterwards.
 * @throws PAL_LEFTOVER when something is there and it is not certain
 */
export async function leftover<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  { ctx, before }: Pick<Session<Ctx>, "ctx" | "before">,
  inputs: Bag,
  mark: Mark,
  inUse: ReadonlySet<string>,
): Promise<Id<T> | undefined> {
  const all = (await slice.find?.(before, inputs as never, mark)) ?? [];
  const idOf = (found: { id: Id<T> }) => formatId(slice.id, found.id);
  const candidates = all.filter(
    (found) => found.mark.managedBy === mark.managedBy && !inUse.has(idOf(found)) && !provablyForeign(found.mark, mark),
  );
  const [first] = candidates;
  if (!first) return undefined;
  const refuse = (why: string): never => {
    throw new PalisadeError(
      "PAL_LEFTOVER",
      `${slice.kind} ${candidates.map(idOf).join(", ")} carries the mark of ${mark.managedBy}; ${why}`,
    );
  };
  if (candidates.length > 1) refuse("more than one does, so none is taken");
  if (mark.stackId === undefined || first.mark.stackId !== mark.stackId)
    refuse("without this stack's id in it another stack of the same name may own it");
  const live = await slice.observe(ctx, first.id, inputs);
  if (!live) return undefined;
  const fixed = changes(slice.inputs, live.inputs, inputs).filter(({ field }) =>
    ["locked", "replace"].includes(field.meta()?.onChange ?? ""),
  );
  if (fixed.length > 0) refuse(`it differs in ${fixed.map(({ path }) => path).join(", ")}, which cannot change`);
  if (!slice.toldOnce) return first.id;
  await slice.remove(ctx, first.id, {}, NOBODY);
  return undefined;
}

/** Creates; when the answer is lost, looks at once for what this very call has made. */
export async function make<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Bag,
  mark: Mark,
): Promise<Made<I, O, T>> {
  const marked = async () => (await slice.find?.(ctx, inputs as never, mark))?.find((found) => found.mark.nonce === mark.nonce)?.id;
  const asked = Date.now();
  try {
    return await slice.create(ctx, inputs as never, mark);
  } catch (error) {
    // Somebody else took the name since it was seen free.
    if (slice.uniqueName && isPalisadeError(error, "PAL_CONFLICT")) await assertNameFree(slice, ctx, inputs);
    if (!isPalisadeError(error, "PAL_ANSWER_LOST")) throw error;
    const deadline = Date.now() + RECONCILE_MS;
    do {
      const id = (await slice.findByName?.(ctx, inputs as never, asked)) ?? (await marked());
      if (id && !slice.toldOnce) return { id };
      if (id) {
        await slice.remove(ctx, id, {}, NOBODY);
        return slice.create(ctx, inputs as never, mark);
      }
      await sleep(RECONCILE_STEP_MS);
    } while (Date.now() < deadline);
    throw error;
  }
}
