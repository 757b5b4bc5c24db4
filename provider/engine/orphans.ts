import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { Declarations } from "./declarations.js";
import type { Properties, CreateResult, OwnershipTag, Shape, Slice } from "./define.js";
import { computeChanges } from "./fields.js";
import { formatId, type Id } from "./ids.js";
import { assertNameFree, isOfOtherStack } from "./nameConflicts.js";
import type { Session } from "./session.js";

/** How long a lost create is looked for in the same call, in milliseconds, and how often. Ours: longer than any answer's transport. */
const RECONCILE_MS = 10_000;
const RECONCILE_STEP_MS = 500;

/** Enough that no two calls meet; short, because some objects carry it in their name. */
const NONCE_BYTES = 8;

/** An orphan is nobody's. */
const NOBODY = new Declarations().getOthers("");

/** The ownership tag of one call that creates an object. */
export const createOwnershipTag = (inputs: Properties, stackId: string | undefined): OwnershipTag => ({
  managedBy: inputs["managedBy"] as string,
  stackId,
  nonce: randomBytes(NONCE_BYTES).toString("hex"),
});

/**
 * What an earlier run has made for this resource before it could record it. Taken only when that is certain: the mark carries this stack's id,
 * one object only carries it, it is not an object of this run, and it equals all that cannot be changed afterwards.
 * @throws PAL_LEFTOVER when something is there and it is not certain
 */
export async function findOrphan<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  { ctx, initialCtx: before }: Pick<Session<Ctx>, "ctx" | "initialCtx">,
  inputs: Properties,
  mark: OwnershipTag,
  inUse: ReadonlySet<string>,
): Promise<Id<T> | undefined> {
  const all = (await slice.find?.(before, inputs as never, mark)) ?? [];
  const idOf = (found: { id: Id<T> }) => formatId(slice.id, found.id);
  const candidates = all.filter(
    (found) => found.ownershipTag.managedBy === mark.managedBy && !inUse.has(idOf(found)) && !isOfOtherStack(found.ownershipTag, mark),
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
  if (mark.stackId === undefined || first.ownershipTag.stackId !== mark.stackId)
    refuse("without this stack's id in it another stack of the same name may own it");
  const live = await slice.observe(ctx, first.id, inputs);
  if (!live) return undefined;
  const fixed = computeChanges(slice.inputs, live.inputs, inputs).filter(({ field }) =>
    ["locked", "replace"].includes(field.meta()?.onChange ?? ""),
  );
  if (fixed.length > 0) refuse(`it differs in ${fixed.map(({ path }) => path).join(", ")}, which cannot change`);
  if (!slice.secretOnlyAtCreate) return first.id;
  await slice.remove(ctx, first.id, {}, NOBODY);
  return undefined;
}

/** Creates; when the answer is lost, looks for the object that this call created. */
export async function createOrRecover<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Properties,
  mark: OwnershipTag,
): Promise<CreateResult<I, O, T>> {
  const marked = async () => (await slice.find?.(ctx, inputs as never, mark))?.find((found) => found.ownershipTag.nonce === mark.nonce)?.id;
  const asked = Date.now();
  try {
    return await slice.create(ctx, inputs as never, mark);
  } catch (error) {
    // Somebody else took the name since it was seen free.
    if (slice.getUniqueName && isPalisadeError(error, "PAL_CONFLICT")) await assertNameFree(slice, ctx, inputs);
    if (!isPalisadeError(error, "PAL_ANSWER_LOST")) throw error;
    const deadline = Date.now() + RECONCILE_MS;
    do {
      const id = (await slice.findByName?.(ctx, inputs as never, asked)) ?? (await marked());
      if (id && !slice.secretOnlyAtCreate) return { id };
      if (id) {
        await slice.remove(ctx, id, {}, NOBODY);
        return slice.create(ctx, inputs as never, mark);
      }
      await sleep(RECONCILE_STEP_MS);
    } while (Date.now() < deadline);
    throw error;
  }
}
