import { AddressSet, parseAllowlist } from "../../../contract/ranges.js";
import { isProperties, isUnreadable } from "../../../provider/introspection.js";
import type { Declared } from "../change.js";

/** Who may use a private endpoint of a cloud, as far as the stack declares it. */
export interface PrivatePath {
  readonly endpoint: Declared;
  readonly sources: Sources;
  /** Guards that the stack does not declare, by id or by where the id comes from: whom they let in is not known. */
  readonly foreign: ReadonlySet<string>;
  /** URNs of the endpoint and of all that says who may use it. */
  readonly saidBy: readonly string[];
}

export interface Sources {
  readonly addresses: AddressSet;
  /** Sources that are no addresses: other groups, prefix lists, tags. */
  readonly named: ReadonlySet<string>;
  /** Whether a part is known only after the update. */
  readonly unclear: boolean;
}

export const POSTGRES_PORT = 5432;

export const NO_SOURCES: Sources = { addresses: AddressSet.nobody, named: new Set(), unclear: false };

export const uniteSources = (a: Sources, b: Sources): Sources => ({
  addresses: a.addresses.union(b.addresses),
  named: new Set([...a.named, ...b.named]),
  unclear: a.unclear || b.unclear,
});

/** Ranges and names of one rule. What is no range counts as a name. */
export function buildSources(ranges: readonly unknown[], named: readonly unknown[] = []): Sources {
  const texts = ranges.filter((range) => typeof range === "string" && !isUnreadable(range)) as string[];
  return {
    // Of an allowlist no entry means everybody; of a rule it means that it names no addresses.
    addresses: texts.length === 0 ? AddressSet.nobody : parseAllowlist(texts).set,
    named: new Set([...parseAllowlist(texts).unreadable, ...named.filter((name) => !isUnreadable(name)).map(String)]),
    unclear: isUnreadable([ranges, named]),
  };
}

export const intersectSources = (a: Sources, addresses: Sources): Sources => ({
  addresses: a.addresses.intersect(addresses.addresses),
  // What is no address here may be any of those that are let through there.
  named: addresses.addresses.isEmpty && !addresses.unclear ? new Set() : a.named,
  unclear: a.unclear || addresses.unclear,
});

/** One rule of a list that a cloud goes through by numbers. */
export interface NumberedRule {
  readonly number: unknown;
  /** undefined where it cannot be read. */
  readonly allows: boolean | undefined;
  /** Whether all that comes from its sources to Postgres falls under it for sure: else it denies nothing that can be relied on. */
  readonly isWhole: boolean;
  readonly sources: Sources;
}

/** The lowest number first: the first rule that is about a source decides, so a rule behind it that says otherwise does nothing. */
export function computeAdmitted(rules: readonly NumberedRule[]): Sources {
  let [denied, deniedNames] = [AddressSet.nobody, new Set<string>()];
  let result = NO_SOURCES;
  const isNumbered = ({ number }: NumberedRule) => !isUnreadable(number) && Number.isFinite(Number(number));
  // With a number that nobody knows, or one that two have, nobody knows which is first.
  const isTied = ({ number, allows }: NumberedRule) =>
    rules.some((other) => Number(other.number) === Number(number) && other.allows !== allows);
  const unclear = rules.some((rule) => !isNumbered(rule) || rule.allows === undefined || rule.sources.unclear || isTied(rule));
  const inOrder = rules.filter(isNumbered).sort((a, b) => Number(a.number) - Number(b.number));
  for (const { allows, isWhole, sources } of [...inOrder, ...rules.filter((rule) => !isNumbered(rule))]) {
    if (allows === true)
      result = uniteSources(result, {
        addresses: sources.addresses.subtract(denied),
        named: new Set([...sources.named].filter((name) => !deniedNames.has(name) && !denied.equals(AddressSet.everyone))),
        unclear: false,
      });
    else if (allows === false && isWhole && !sources.unclear) {
      denied = denied.union(sources.addresses);
      deniedNames = new Set([...deniedNames, ...sources.named]);
    }
  }
  return { ...result, unclear };
}

/** Whether a rule's word is this one, in any case; undefined where it cannot be read. */
export const isWord = (value: unknown, word: string): boolean | undefined =>
  isUnreadable(value) ? undefined : String(value).toLowerCase() === word;

export const toList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
export const toObjects = (value: unknown) => toList(value).filter(isProperties);

/** A resource of the same list by type. */
export const filterByType = (present: readonly Declared[], ...types: string[]): Declared[] =>
  present.filter(({ type }) => types.includes(type));

/** Whether two resources have the same value at these properties, or take it from the same resource. */
export function hasSharedValue(one: Declared, property: string, other: Declared, otherProperty: string): boolean {
  const theirs = toList(other.inputs[otherProperty]);
  const isShared = (mine: unknown) => typeof mine === "string" && !isUnreadable(mine) && theirs.some((value) => isSameId(mine, value));
  if (toList(one.inputs[property]).some(isShared)) return true;
  return (one.origins[property] ?? []).some((urn) => (other.origins[otherProperty] ?? []).includes(urn));
}

/** Whether `property` of `one` names `other`: by its id or, before it has one, by where the value comes from. */
export const hasReferenceTo = (one: Declared, property: string, other: Declared, value: unknown = one.inputs[property]): boolean =>
  toList(value).some((id) => other.id !== undefined && isSameId(id, other.id)) || (one.origins[property] ?? []).includes(other.urn);

/** Azure takes its paths in any case. */
const isSameId = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === "string" && typeof b === "string" && a.startsWith("/") && a.toLowerCase() === b.toLowerCase());
