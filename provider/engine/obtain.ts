import { isPalisadeError } from "../../contract/errors.js";
import { adoptExisting } from "./adopt.js";
import type { Declarations } from "./declarations.js";
import type { Properties, CreateResult, OwnershipTag, Shape, Slice } from "./define.js";
import { computeChanges } from "./fields.js";
import type { Id } from "./ids.js";
import { assertNameFree, type NameClaims, NameConflictError, mayBeOfSameStack, createRenamedError } from "./nameConflicts.js";
import { findOrphan, createOrRecover, createOwnershipTag } from "./orphans.js";
import type { Session } from "./session.js";

interface RunContext {
  /** Ids that this run has seen in the state: none of them is a leftover. */
  recordedIds: ReadonlySet<string>;
  declarations: Declarations;
  claims: NameClaims;
}

/** The object: named by `adopt`, left by an earlier run, or made now. `declaration` is new for each. */
export async function obtain<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  { ctx, initialCtx: before, stackId }: Session<Ctx>,
  inputs: Properties,
  { recordedIds, declarations, claims }: RunContext,
): Promise<CreateResult<I, O, T> & { declaration: string }> {
  const mark = createOwnershipTag(inputs, stackId);
  const taken =
    typeof inputs["adopt"] === "string"
      ? await adoptExisting(slice, ctx, inputs["adopt"], inputs, mark, declarations)
      : await findOrphan(slice, { ctx, initialCtx: before }, inputs, mark, recordedIds);
  if (taken) return { declaration: mark.nonce, id: taken };
  try {
    const made = await claims.run(slice, inputs, async () => {
      await assertNameFree(slice, slice.getUniqueName ? before : ctx, inputs);
      return createOrRecover(slice, ctx, inputs, mark);
    });
    return { declaration: mark.nonce, ...made };
  } catch (error) {
    const refusal = isPalisadeError(error, "PAL_CONFLICT") ? ((await findRenameConflict(slice, ctx, inputs, mark)) ?? error) : error;
    if (refusal instanceof NameConflictError) declarations.recordRefused(slice.kind, refusal.objectId);
    throw refusal;
  }
}

async function findRenameConflict<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Properties,
  mark: OwnershipTag,
): Promise<NameConflictError | undefined> {
  const former = await findFormerObject(slice, ctx, inputs, mark);
  return former && createRenamedError(slice, former, mark);
}

/** The conflicting object, where an earlier declaration of a stack of this name created it. */
async function findFormerObject<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Properties,
  mark: OwnershipTag,
): Promise<{ id: Id<T>; ownershipTag: OwnershipTag } | undefined> {
  const found = (await slice.find?.(ctx, inputs as never, mark)) ?? [];
  for (const one of found) {
    if (!mayBeOfSameStack(one.ownershipTag, mark)) continue;
    const live = await slice.observe(ctx, one.id, inputs);
    const differing = live ? computeChanges(slice.inputs, live.inputs, inputs) : [];
    if (live && !differing.some(({ path, field }) => path === "name" || ["locked", "replace"].includes(field.meta()?.onChange ?? "")))
      return one;
  }
  return undefined;
}
