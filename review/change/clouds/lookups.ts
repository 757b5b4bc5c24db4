import type { Declared } from "../model.js";

/** Look-ups in a list of resources that a review asks for thousands of names. */

/** Azure takes its paths in any case. */
export const spelling = (id: string): string => (id.startsWith("/") ? id.toLowerCase() : id);

interface Index {
  readonly byId: ReadonlyMap<string, readonly Declared[]>;
  readonly byUrn: ReadonlyMap<string, Declared>;
}
const indexes = new WeakMap<readonly Declared[], Index>();

/** A review asks for thousands of names of one list. */
export function indexOf(present: readonly Declared[]): Index {
  const known = indexes.get(present);
  if (known) return known;
  const byId = new Map<string, Declared[]>();
  for (const one of present) {
    if (one.id === undefined) continue;
    const others = byId.get(spelling(one.id));
    if (others) others.push(one);
    else byId.set(spelling(one.id), [one]);
  }
  const index = { byId, byUrn: new Map(present.map((one) => [one.urn, one])) };
  indexes.set(present, index);
  return index;
}

export type Memory<T> = WeakMap<Declared, { readonly present: readonly Declared[]; readonly value: T }>;
/** What is so of one endpoint among one list, worked out once. */
export function remembered<T>(of: Memory<T>, endpoint: Declared, present: readonly Declared[], work: () => T): T {
  const known = of.get(endpoint);
  if (known?.present === present) return known.value;
  const value = work();
  of.set(endpoint, { present, value });
  return value;
}
