import { PalisadeError } from "../../contract/errors.js";
import type { Bag, Shape, Slice } from "./define.js";
import { hasUnknown } from "./fields.js";
import { type Id, parseId } from "./ids.js";
import { Turns } from "./turns.js";

/** What the rest of this run declares, as one resource sees it. */
export interface Others {
  /** Whether another resource declares it. */
  holds: (key: string) => boolean;
  /** Whether anything does, this resource itself included: what opens asks so, because a replacement may remove before it makes. */
  anybodyHolds: (key: string) => boolean;
  /** The rest of the keys that others declare and that begin so. */
  under: (prefix: string) => string[];
  /** Whether this run has taken away something of what the resource itself declares: then all of it is sent, whatever was live a moment ago. */
  again: () => boolean;
  /** Says that this call takes it away, in the same tick in which it asked: who declares it later sends it again. */
  drop: (keys: readonly string[]) => void;
}

/**
 * What the resources of one run declare. A resource without an object of its own, or whose object another one has taken over, asks here before
 * it takes something away: Pulumi makes the new before it removes the old, and tells neither of the other. A destroy declares nothing.
 */
export class Declarations {
  private readonly keysOf = new Map<string, ReadonlySet<string>>();
  private readonly dropped = new Set<string>();
  private readonly askedFor = new Set<string>();
  private lines: string[] = [];
  /** Of the same run. */
  readonly turns = new Turns();

  /** Everything that the resource declares now. */
  declare(declarer: string, keys: readonly string[]): void {
    this.keysOf.set(declarer, new Set(keys));
  }

  /** Says that a declaration of this run asks for the object and was refused, because it is not its own. */
  askFor(kind: string, id: string): void {
    this.askedFor.add(objectKey(kind, id));
  }

  /**
   * `--continue-on-error` removes what has no declaration any more even where its new one was refused, as after a rename. What is replaced in
   * this run is removed by its own declaration.
   * @throws PAL_STILL_ASKED_FOR
   */
  refuseIfAskedFor(kind: string, id: string, recorded: Bag): void {
    if (this.askedFor.has(objectKey(kind, id)) && !this.keysOf.has(declarerOf(id, recorded)))
      throw new PalisadeError("PAL_STILL_ASKED_FOR", `${kind} ${id}`);
  }

  besides(declarer: string): Others {
    const others = () => [...this.keysOf].filter(([name]) => name !== declarer).map(([, keys]) => keys);
    return {
      again: () => [...(this.keysOf.get(declarer) ?? [])].some((key) => this.dropped.has(key)),
      holds: (key) => others().some((keys) => keys.has(key)),
      anybodyHolds: (key) => [...this.keysOf.values()].some((keys) => keys.has(key)),
      under: (prefix) => [
        ...new Set(others().flatMap((keys) => [...keys].flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])))),
      ],
      drop: (keys) => {
        for (const key of keys) this.dropped.add(key);
      },
    };
  }

  /** Tells people at the end of the run. */
  readonly say = (line: string): void => void this.lines.push(line);

  /** What has not been told yet. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

/**
 * Which declaration a recorded resource is: two of one object have the same id. What was recorded before it said so is known by the URN it was
 * made under.
 */
export const declarerOf = (id: string, { declaration, managedBy }: Bag): string => `${id} ${String(declaration ?? managedBy)}`;

type Declaring<Ctx, I extends Shape, O extends Shape, T extends string> = Pick<Slice<Ctx, I, O, T>, "kind" | "id" | "declares">;

const objectKey = (kind: string, id: string): string => `object ${kind} ${id}`;

const ownsObject = <Ctx, I extends Shape, O extends Shape, T extends string>({ declares }: Declaring<Ctx, I, O, T>): boolean =>
  declares === "its object" || declares.object;

/** What the declaration speaks for; of unknown inputs the object alone. */
export function keysOf<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Declaring<Ctx, I, O, T>,
  id: string,
  inputs: Bag,
): string[] {
  const { kind, declares } = slice;
  const own = ownsObject(slice) ? [objectKey(kind, id)] : [];
  if (declares === "its object" || hasUnknown(inputs)) return own;
  return [...own, ...declares.settings(parseId(slice.id, id) as Id<T>, inputs as never)];
}

/** Whether the object is what another declaration of the run is about by now, such as its successor under a new name. */
export const isTakenOver = <Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Declaring<Ctx, I, O, T>,
  id: string,
  others: Others,
): boolean => ownsObject(slice) && others.holds(objectKey(slice.kind, id));
