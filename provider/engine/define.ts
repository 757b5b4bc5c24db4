import type { z } from "zod";
import { assertComplete } from "./schemaCompleteness.js";
import type { OtherDeclarations } from "./otherDeclarations.js";
import type { Id } from "./ids.js";
import { reserved } from "./reservedInputs.js";
import type { FieldReview, LifecycleReview } from "./review.js";
import type { Properties, Shape } from "./properties.js";

/** Everything the engine may know about a field is written at the field; nested fields have the same vocabulary. */
declare module "zod" {
  interface GlobalMeta {
    /** The id of another object of ours, which a program gives as an output: of a project, or of a branch. */
    refersTo?: "project" | "branch";
    /** The part of the id that is made of it, where that has another name: ids stand in clear, so it cannot be secret. */
    idPart?: string;
    /** What a change costs: `update` (default); `replace`: recreated; `locked`: refused, as that would drop data; `ignored`: written once. */
    onChange?: "update" | "replace" | "locked" | "ignored";
    /** What leaving it out means. `cleared`: emptied on the server. `left` (default): neither sent nor compared. */
    whenOmitted?: "cleared" | "left";
    /** Encrypted in state, never printed. */
    secret?: true;
    /** A set: order and duplicates carry no meaning. */
    unordered?: true;
    /** One spelling for values that mean the same. */
    canonical?: (value: never) => unknown;
    /** Of an output: the inputs whose values it repeats, by path through objects and lists. It is secret as soon as one of them is. */
    derivedFrom?: readonly string[];
    /** Answered only by the call that creates the object; a refresh keeps the value of the state. */
    onlyAtCreate?: true;
    /** What a change of it means to a reviewer. Every input says it; outputs do not. */
    review?: FieldReview;
  }
}

export type { Properties, Shape };

/** A live object, seen through the resource's own two schemas. */
export interface Observed<I extends Shape, O extends Shape> {
  inputs: Partial<z.output<I>>;
  outputs: Partial<z.output<O>>;
  /** Who created it, where the object carries an ownership tag. */
  ownershipTag?: OwnershipTag | undefined;
  /** Entries of a list that were added outside of this stack since it was recorded. */
  unmanagedEntries?: readonly string[];
  /** The account it lives in, where the object itself says so. */
  accountId?: string | undefined;
}

/** Written with an object at its creation: the resource that owns it, and the call that created it. */
export interface OwnershipTag {
  /** The full logical URN of the resource. */
  managedBy: string;
  /** The stack's own UUID (`palisade:stackId`), where configured. */
  stackId?: string | undefined;
  /** Of the one call that made the object. */
  nonce: string;
}

/** A rule across fields, asked as soon as all it needs is known. `before` holds the last declared inputs, empty when creating. */
export interface Rule {
  needs: readonly string[];
  property: string;
  holds(inputs: Properties, before: Properties): boolean;
  message: string;
}

export interface CreateResult<I extends Shape, O extends Shape, T extends string> {
  id: Id<T>;
  /** The object as the answer of the call that made it shows it: nothing is read after it. */
  seen?: Observed<I, O>;
  /** Outputs that only the create answers. */
  createOnlyOutputs?: Partial<z.output<O>>;
  /** Waits for what the call has set going. Separate, because from here on a failure is half-made, not nothing. */
  settle?: () => Promise<void>;
}

export interface Slice<Ctx, I extends Shape, O extends Shape, T extends string> {
  kind: string;
  /** One paragraph: what it is. Becomes the class's documentation. */
  doc: string;
  inputs: I;
  outputs: O;
  rules?: readonly Rule[];
  /** What making and removing one means to a reviewer. */
  review: LifecycleReview;
  /** Parts of the id in braces, joined by "/". */
  id: T;
  /** Why the API at a host cannot have one, where host and inputs alone tell: refused at check, before anything is done. */
  explainUnsupportedHost?(host: string, inputs: Properties): string | undefined;
  /**
   * What other resources of the program can speak for, too. `its object`: the engine leaves an object alone that another declaration has by
   * then. A function: keys of settings that are no object of its own, which `update` and `remove` ask others for; with `object` beside them
   * where it has one as well. `inputs` may lack what the program leaves out.
   */
  declares: "its object" | { object: boolean; settings: (id: Id<T>, inputs: Partial<z.output<I>>) => readonly string[] };
  /** Kinds whose calls the API may want first though a program can name them by plain text: what is made before, what is removed before. */
  follows: { create: readonly string[]; remove: readonly string[] };
  /** Only the create answers the secret: an object whose answer was lost is useless, and is removed and recreated instead of adopted. */
  secretOnlyAtCreate?: true;
  /** The live object; undefined when the API says that it does not exist (which proves nothing yet). `recorded` is what state or program say. */
  observe(ctx: Ctx, id: Id<T>, recorded: Properties): Promise<Observed<I, O> | undefined>;
  /** Throws unless the absence of the object is proved: its parent must be readable, or proved gone itself. */
  proveGone(ctx: Ctx, id: Id<T>): Promise<void>;
  /** Marked objects that an earlier or a lost create of these inputs may have left. Neither this nor `findByName` where creating twice is the same as once. */
  find?(ctx: Ctx, inputs: z.output<I>, mark: OwnershipTag): Promise<{ id: Id<T>; ownershipTag: OwnershipTag }[]>;
  /**
   * For objects that can carry no mark: which one holds the name now. A create refuses a held name, and takes it for its own after a lost
   * answer, because it saw the name free before. An object that says it was made before `since` (our clock, milliseconds) does not count.
   */
  findByName?(ctx: Ctx, inputs: z.output<I>, since?: number): Promise<Id<T> | undefined>;
  /**
   * What these inputs would be called, where the API itself refuses a held name: one list of this run says that it is free, and no two
   * resources of this process ask for it.
   */
  getUniqueName?(inputs: z.output<I>): string;
  /** Makes the object, as closed as it can be; what is still missing is synchronised afterwards. */
  create(ctx: Ctx, inputs: z.output<I>, mark: OwnershipTag): Promise<CreateResult<I, O, T>>;
  /**
   * Brings the live object to `inputs`; `changed` holds the paths in which it differs now ("network.ranges") and their top names. Closes first, opens last.
   * @returns the object as the answers show it, where they do: nothing is read after it
   */
  update(
    ctx: Ctx,
    id: Id<T>,
    inputs: z.output<I>,
    changed: ReadonlySet<string>,
    live: Observed<I, O>,
    /** Records outputs that only this call answers: kept even when a later call fails. */
    learn: (once: Partial<z.output<O>>) => void,
    others: OtherDeclarations,
  ): Promise<Observed<I, O> | undefined>;
  /** True when an update is due though no input differs, such as after an overlap that has ended. Pure; `live`: outputs of now, where known. */
  isDue?(recorded: Properties, nowMs: number, live?: Properties): boolean;
  /** Returns when it is gone; a refusal is an error. Takes away nothing that others declare. */
  remove(ctx: Ctx, id: Id<T>, recorded: Properties, others: OtherDeclarations): Promise<void>;
}

/** A slice as the rest of the engine sees it. */
export type Resource = Slice<never, Shape, Shape, string>;

/** Declares a resource. Throws, when the package is loaded, on a field that the rest of the product could not work with. */
export const createResourceDefiner =
  <Ctx>() =>
  <I extends Shape, O extends Shape, const T extends string>(slice: Slice<Ctx, I, O, T>): Slice<Ctx, I, O, T> => {
    assertComplete(slice);
    for (const name of Object.keys(slice.inputs.shape))
      if (name in reserved.shape) throw new Error(`${slice.kind}.${name} is a reserved name`);
    return slice;
  };
