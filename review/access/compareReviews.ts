import type { Access, AccessKind } from "./access.js";

/** What became of one access since the last signed review. */
export interface AccessChange {
  readonly change: "added" | "removed" | "widened" | "narrowed";
  readonly kind: AccessKind;
  readonly id: string;
  readonly name: string;
  readonly place: string;
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** As much of an access as two reviews are compared by. */
export type ReviewedAccess = Pick<Access, "kind" | "id" | "name" | "place" | "powers" | "isWhole">;

/** Whoever gains anything has widened, whatever is lost beside it. Where one of the two could look at a part only, nothing is said of powers. */
export function compareReviews(before: readonly ReviewedAccess[], after: readonly ReviewedAccess[]): AccessChange[] {
  const [olds, news] = [index(before), index(after)];
  return [
    ...after.flatMap((one): AccessChange[] => {
      const old = olds.get(toKey(one));
      if (old === undefined) return [toChange("added", one, one.powers, [])];
      if (!old.isWhole || !one.isWhole) return [];
      const [gained, lost] = [subtract(one.powers, old.powers), subtract(old.powers, one.powers)];
      if (gained.length > 0) return [toChange("widened", one, gained, lost)];
      return lost.length > 0 ? [toChange("narrowed", one, [], lost)] : [];
    }),
    ...before.filter((one) => !news.has(toKey(one))).map((one) => toChange("removed", one, [], one.powers)),
  ];
}

const toKey = ({ kind, id }: ReviewedAccess): string => `${kind} ${id}`;
const index = (all: readonly ReviewedAccess[]) => new Map(all.map((one) => [toKey(one), one]));
const subtract = (some: readonly string[], others: readonly string[]): string[] => some.filter((one) => !others.includes(one));
const toChange = (
  change: AccessChange["change"],
  { kind, id, name, place }: ReviewedAccess,
  gained: readonly string[],
  lost: readonly string[],
): AccessChange => ({ change, kind, id, name, place, gained, lost });
