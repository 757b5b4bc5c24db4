import { PalisadeError } from "../../contract/errors.js";
import type { Slice } from "./define.js";
import type { Properties, Shape } from "./properties.js";
import { hasUnknown } from "./fields.js";
import { type Id, parseId } from "./ids.js";
import { OrderedCalls } from "./orderedCalls.js";
import type { OtherDeclarations } from "./otherDeclarations.js";

/**
 * What the resources of one run declare. A resource without an object of its own, or whose object another one has taken over, asks here before
 * it takes something away: Pulumi makes the new before it removes the old, and tells neither of the other. A destroy declares nothing.
 */
export class Declarations {
  private readonly keysOf = new Map<string, ReadonlySet<string>>();
  private readonly dropped = new Set<string>();
  private readonly refusedObjects = new Set<string>();
  private lines: string[] = [];
  /** Of the same run. */
  readonly orderedCalls = new OrderedCalls();

  /** Everything that the resource declares now. */
  declare(declarer: string, keys: readonly string[]): void {
    this.keysOf.set(declarer, new Set(keys));
  }

  /** Says that a declaration of this run asks for the object and was refused, because it is not its own. */
  recordRefused(kind: string, id: string): void {
    this.refusedObjects.add(buildObjectKey(kind, id));
  }

  /**
   * `--continue-on-error` removes what has no declaration any more even where its new one was refused, as after a rename. What is replaced in
   * this run is removed by its own declaration.
   * @throws PAL_STILL_ASKED_FOR
   */
  assertNotRefused(kind: string, id: string, recorded: Properties): void {
    if (this.refusedObjects.has(buildObjectKey(kind, id)) && !this.keysOf.has(getDeclarer(id, recorded)))
      throw new PalisadeError("PAL_STILL_ASKED_FOR", `${kind} ${id}`);
  }

  getOthers(declarer: string): OtherDeclarations {
    const others = () => [...this.keysOf].filter(([name]) => name !== declarer).map(([, keys]) => keys);
    return {
      mustResend: () => [...(this.keysOf.get(declarer) ?? [])].some((key) => this.dropped.has(key)),
      isDeclared: (key) => others().some((keys) => keys.has(key)),
      isDeclaredByAny: (key) => [...this.keysOf.values()].some((keys) => keys.has(key)),
      listKeysUnder: (prefix) => [
        ...new Set(others().flatMap((keys) => [...keys].flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])))),
      ],
      markDropped: (keys) => {
        for (const key of keys) this.dropped.add(key);
      },
    };
  }

  /** Printed at the end of the run. */
  readonly addNotice = (line: string): void => void this.lines.push(line);

  /** Notices that are not printed yet; empties the list. */
  takeNotices(): string[] {
    return this.lines.splice(0);
  }
}

/**
 * Which declaration a recorded resource is: two of one object have the same id. What was recorded before it said so is known by the URN it was
 * made under.
 */
export const getDeclarer = (id: string, { declaration, managedBy }: Properties): string => `${id} ${String(declaration ?? managedBy)}`;

type Declaring<Ctx, I extends Shape, O extends Shape, T extends string> = Pick<Slice<Ctx, I, O, T>, "kind" | "id" | "declares">;

const buildObjectKey = (kind: string, id: string): string => `object ${kind} ${id}`;

const ownsObject = <Ctx, I extends Shape, O extends Shape, T extends string>({ declares }: Declaring<Ctx, I, O, T>): boolean =>
  declares === "its object" || declares.object;

/** What the declaration speaks for; of unknown inputs the object alone. */
export function listDeclaredKeys<Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Declaring<Ctx, I, O, T>,
  id: string,
  inputs: Properties,
): string[] {
  const { kind, declares } = slice;
  const own = ownsObject(slice) ? [buildObjectKey(kind, id)] : [];
  if (declares === "its object" || hasUnknown(inputs)) return own;
  return [...own, ...declares.settings(parseId(slice.id, id) as Id<T>, inputs as never)];
}

/** Whether the object is what another declaration of the run is about by now, such as its successor under a new name. */
export const isTakenOver = <Ctx, I extends Shape, O extends Shape, T extends string>(
  slice: Declaring<Ctx, I, O, T>,
  id: string,
  others: OtherDeclarations,
): boolean => ownsObject(slice) && others.isDeclared(buildObjectKey(slice.kind, id));
