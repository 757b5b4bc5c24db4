import { PalisadeError } from "../../contract/errors.js";
import { type Declarations, isTakenOver } from "./declarations.js";
import type { Properties, OwnershipTag, Shape, Slice } from "./define.js";
import { computeChanges } from "./fields.js";
import { type Id, parseId } from "./ids.js";

/**
 * The existing object that the program names in `adopt`: there, not another stack's, and equal to the program in every declared field. One
 * that another declaration of this very stack has made is taken where both marks carry the stack's id; who removes the other one leaves it.
 * @throws PAL_ADOPT_ABSENT, PAL_ADOPT_FOREIGN, PAL_ADOPT_DIFFERS; nothing is recorded or changed then
 */
export async function adoptExisting<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  name: string,
  inputs: Properties,
  mark: OwnershipTag,
  declarations: Declarations,
): Promise<Id<T>> {
  const id = parseId(slice.id, name) as Id<T>;
  if (isTakenOver(slice, name, declarations.getOthers("")))
    throw new PalisadeError("PAL_ADOPT_FOREIGN", `${slice.kind} ${name} is declared in this program already`);
  const live = await slice.observe(ctx, id, inputs);
  if (!live) throw new PalisadeError("PAL_ADOPT_ABSENT", `${slice.kind} ${name}`);
  const owner = live.ownershipTag;
  const ofThisStack = owner?.stackId !== undefined && owner.stackId === mark.stackId;
  if (owner && !ofThisStack && (owner.managedBy !== mark.managedBy || owner.stackId !== undefined))
    throw new PalisadeError("PAL_ADOPT_FOREIGN", `${slice.kind} ${name} carries the mark of ${owner.managedBy}`);
  const differences = computeChanges(slice.inputs, live.inputs, inputs);
  if (differences.length > 0) {
    const list = differences.map(({ path, field, before: from, after: to }) =>
      field.meta()?.secret ? path : `${path} is ${JSON.stringify(from)}, the program says ${JSON.stringify(to)}`,
    );
    throw new PalisadeError("PAL_ADOPT_DIFFERS", `${slice.kind} ${name}: ${list.join("; ")}`);
  }
  if (owner && owner.managedBy !== mark.managedBy)
    declarations.addNotice(
      `${slice.kind} ${name}: adopted from ${owner.managedBy}; its mark carries the id of this very stack (${String(owner.stackId)})`,
    );
  return id;
}
