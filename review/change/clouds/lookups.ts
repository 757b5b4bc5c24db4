import type { Declared } from "../change.js";

/** Look-ups in a list of resources that a review asks for thousands of names. */

/** Azure takes its paths in any case. */
export const normalizeSpelling = (id: string): string => (id.startsWith("/") ? id.toLowerCase() : id);

interface Index {
  readonly byId: ReadonlyMap<string, readonly Declared[]>;
  readonly byUrn: ReadonlyMap<string, Declared>;
}
const indexes = new WeakMap<readonly Declared[], Index>();

/** A review asks for thousands of names of one list. */
export function buildIndex(present: readonly Declared[]): Index {
  const known = indexes.get(present);
  if (known) return known;
  const byId = new Map<string, Declared[]>();
  for (const one of present) {
    if (one.id === undefined) continue;
    const others = byId.get(normalizeSpelling(one.id));
    if (others) others.push(one);
    else byId.set(normalizeSpelling(one.id), [one]);
  }
  const index = { byId, byUrn: new Map(present.map((one) => [one.urn, one])) };
  indexes.set(present, index);
  return index;
}

export type Memory<T> = WeakMap<Declared, { readonly present: readonly Declared[]; readonly value: T }>;
/** What is so of one endpoint among one list, worked out once. */
export function memoize<T>(of: Memory<T>, endpoint: Declared, present: readonly Declared[], work: () => T): T {
  const known = of.get(endpoint);
  if (known?.present === present) return known.value;
  const value = work();
  of.set(endpoint, { present, value });
  return value;
}
