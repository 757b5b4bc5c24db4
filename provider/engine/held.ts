import { PalisadeError } from "../../contract/errors.js";
import type { Bag, Made, Mark, Shape, Slice } from "./define.js";
import { formatId, type Id } from "./ids.js";

/** What the program asks for exists already, as an object that this declaration did not make. */
export class HeldError extends PalisadeError {
  /** @param objectId of the object in the way */
  constructor(
    code: "PAL_NAME_HELD" | "PAL_RENAMED",
    readonly objectId: string,
    kind: string,
    why = "",
  ) {
    super(code, `${kind} ${objectId}${why}`);
  }
}

/** @throws PAL_NAME_HELD when the name is held by an object without a mark */
export async function assertNameFree<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Slice<Ctx, I, O, T>,
  ctx: Ctx,
  inputs: Bag,
): Promise<void> {
  const held = await slice.findByName?.(ctx, inputs as never);
  if (held) throw nameHeld(slice, held);
}

const nameHeld = ({ kind, id: template }: { kind: string; id: string }, id: Record<string, string>) =>
  new HeldError("PAL_NAME_HELD", formatId(template, id), kind);

/** The object that an earlier declaration of a stack of this name has made, with the option by which the program takes it along. */
export const renamedFrom = <T extends string>(
  { kind, id: template }: { kind: string; id: T },
  { id, mark: before }: { id: Id<T>; mark: Mark },
  now: Mark,
): HeldError =>
  new HeldError("PAL_RENAMED", formatId(template, id), kind, ` carries the mark of ${before.managedBy}: ${aliasOf(before, now)}`);

/** Whether both marks may be of one stack: its name is the same, and neither mark says otherwise. */
export const mayBeOfOneStack = (one: Mark, other: Mark): boolean => stackOf(one) === stackOf(other) && !provablyForeign(one, other);

/** Both marks name their stack, and not the same one. */
export const provablyForeign = (theirs: Mark, ours: Mark): boolean =>
  theirs.stackId !== undefined && ours.stackId !== undefined && theirs.stackId !== ours.stackId;

/** `urn:pulumi:stack::project` */
const stackOf = ({ managedBy }: Mark): string => managedBy.split("::").slice(0, 2).join("::");

/** A name says enough where nothing but the name has changed. */
const aliasOf = ({ managedBy: before }: Mark, { managedBy: now }: Mark): string => {
  const head = (urn: string) => urn.slice(0, urn.lastIndexOf("::"));
  return head(before) === head(now)
    ? `aliases: [{ name: ${JSON.stringify(before.slice(head(before).length + 2))} }]`
    : `aliases: [${JSON.stringify(before)}]`;
};

/** Names that resources of this process ask for, or have got: a list that was read before cannot tell of them. */
export class Claims {
  private readonly claims = new Map<string, Promise<Record<string, string> | undefined>>();
  private readonly names = new Map<string, string>();

  /** @throws PAL_NAME_HELD when another resource of this process has the name */
  async run<I extends Shape, O extends Shape, T extends string>(
    slice: Pick<Slice<never, I, O, T>, "kind" | "id" | "uniqueName">,
    inputs: Bag,
    create: () => Promise<Made<I, O, T>>,
  ): Promise<Made<I, O, T>> {
    if (!slice.uniqueName) return create();
    const name = slice.uniqueName(inputs as never);
    for (let held = this.claims.get(name); held; held = this.claims.get(name)) {
      const id = await held;
      if (id) throw nameHeld(slice, id);
    }
    const made = create();
    const claim = made.then(
      ({ id }) => {
        this.names.set(formatId(slice.id, id), name);
        return id;
      },
      () => {
        this.claims.delete(name);
        return undefined;
      },
    );
    this.claims.set(name, claim);
    return made;
  }

  /** The name of an object that is renamed or gone. */
  release(id: string): void {
    this.claims.delete(this.names.get(id) ?? "");
  }
}
