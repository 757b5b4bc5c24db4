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

export interface AccessDifference {
  readonly changes: readonly AccessChange[];
  /** What one of the two reviews could look at in part only, or could not look for: nothing is said of it. */
  readonly notCompared: readonly Pick<Access, "kind" | "id" | "name" | "place">[];
}

/**
 * Whoever gains anything has widened, whatever is lost beside it. Where one of the two could look at a part only, nothing is said of powers.
 * @param isComplete false where a part of the later review could not be read: what is missing there is not said to be removed
 */
export function compareReviews(before: readonly ReviewedAccess[], after: readonly ReviewedAccess[], isComplete = true): AccessDifference {
  const [olds, news] = [index(before), index(after)];
  const changes = after.flatMap((one): AccessChange[] => {
    const old = olds.get(toKey(one));
    if (old === undefined) return [toChange("added", one, one.powers, [])];
    if (!old.isWhole || !one.isWhole) return [];
    const [gained, lost] = [subtract(one.powers, old.powers), subtract(old.powers, one.powers)];
    if (gained.length > 0) return [toChange("widened", one, gained, lost)];
    return lost.length > 0 ? [toChange("narrowed", one, [], lost)] : [];
  });
  const inPart = after.filter((one) => olds.has(toKey(one)) && !(one.isWhole && olds.get(toKey(one))?.isWhole));
  const missing = before.filter((one) => !news.has(toKey(one)));
  const hidden = listHiddenPlaces(after);
  const unseen = missing.filter(({ kind, place }) => !isComplete || (kind === "role" && hidden.has(place)));
  const removed = missing.filter((one) => !unseen.includes(one)).map((one) => toChange("removed", one, [], one.powers));
  return {
    changes: [...changes, ...removed],
    notCompared: [...inPart, ...unseen].map(({ kind, id, name, place }) => ({ kind, id, name, place })),
  };
}

/** Branches whose Postgres was not asked: a role that SQL made may be there without anybody's telling. */
function listHiddenPlaces(all: readonly ReviewedAccess[]): ReadonlySet<string> {
  const roles = all.filter(({ kind }) => kind === "role");
  const seen = new Set(roles.filter(({ isWhole }) => isWhole).map(({ place }) => place));
  return new Set(roles.map(({ place }) => place).filter((place) => !seen.has(place)));
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
