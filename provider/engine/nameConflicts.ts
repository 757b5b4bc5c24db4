import { PalisadeError } from "../../contract/errors.js";
import type { Properties, CreateResult, OwnershipTag, Shape, Slice } from "./define.js";
import { formatId, type Id } from "./ids.js";

/** The object that the program declares exists already, and another declaration created it. */
export class NameConflictError extends PalisadeError {
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
  inputs: Properties,
): Promise<void> {
  const held = await slice.findByName?.(ctx, inputs as never);
  if (held) throw createNameHeldError(slice, held);
}

const createNameHeldError = ({ kind, id: template }: { kind: string; id: string }, id: Record<string, string>) =>
  new NameConflictError("PAL_NAME_HELD", formatId(template, id), kind);

/** The object that an earlier declaration of a stack of this name has made, with the option by which the program takes it along. */
export const createRenamedError = <T extends string>(
  { kind, id: template }: { kind: string; id: T },
  { id, ownershipTag: before }: { id: Id<T>; ownershipTag: OwnershipTag },
  now: OwnershipTag,
): NameConflictError =>
  new NameConflictError(
    "PAL_RENAMED",
    formatId(template, id),
    kind,
    ` carries the mark of ${before.managedBy}: ${formatAlias(before, now)}`,
  );

/** Whether both marks may be of one stack: its name is the same, and neither mark says otherwise. */
export const mayBeOfSameStack = (one: OwnershipTag, other: OwnershipTag): boolean =>
  getStack(one) === getStack(other) && !isOfOtherStack(one, other);

/** Both marks name their stack, and not the same one. */
export const isOfOtherStack = (theirs: OwnershipTag, ours: OwnershipTag): boolean =>
  theirs.stackId !== undefined && ours.stackId !== undefined && theirs.stackId !== ours.stackId;

/** `urn:pulumi:stack::project` */
const getStack = ({ managedBy }: OwnershipTag): string => managedBy.split("::").slice(0, 2).join("::");

/** A name says enough where nothing but the name has changed. */
const formatAlias = ({ managedBy: before }: OwnershipTag, { managedBy: now }: OwnershipTag): string => {
  const head = (urn: string) => urn.slice(0, urn.lastIndexOf("::"));
  return head(before) === head(now)
    ? `aliases: [{ name: ${JSON.stringify(before.slice(head(before).length + 2))} }]`
    : `aliases: [${JSON.stringify(before)}]`;
};

/** Names that resources of this process ask for, or have got: a list that was read before cannot tell of them. */
export class NameClaims {
  private readonly claims = new Map<string, Promise<Record<string, string> | undefined>>();
  private readonly names = new Map<string, string>();

  /** @throws PAL_NAME_HELD when another resource of this process has the name */
  async run<I extends Shape, O extends Shape, T extends string>(
    slice: Pick<Slice<never, I, O, T>, "kind" | "id" | "getUniqueName">,
    inputs: Properties,
    create: () => Promise<CreateResult<I, O, T>>,
  ): Promise<CreateResult<I, O, T>> {
    if (!slice.getUniqueName) return create();
    const name = slice.getUniqueName(inputs as never);
    for (let held = this.claims.get(name); held; held = this.claims.get(name)) {
      const id = await held;
      if (id) throw createNameHeldError(slice, id);
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
