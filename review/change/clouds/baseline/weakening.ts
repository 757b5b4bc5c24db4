import type { Direction, Severity } from "../../../../contract/findings.js";
import { isProperties, isUnreadable, type Properties } from "../../../../provider/introspection.js";

/** What a change takes from a baseline, or opens in it, at one resource. */
export interface Weakening {
  readonly rule: string;
  readonly severity: Severity;
  readonly direction: Direction;
  readonly property?: string;
  readonly before?: string;
  readonly after?: string;
  readonly says: string;
  readonly remedy: string;
}

/** Inputs of one resource before and after; undefined where it is not there. */
export interface Sides {
  readonly before: Properties | undefined;
  readonly after: Properties | undefined;
}

/** An input that guards something, with what holds where it is left out. */
export interface GuardingInput extends Pick<Weakening, "rule" | "severity" | "direction" | "says" | "remedy"> {
  /** As `rule.defaultRetention.days`. */
  readonly path: string;
  readonly omitted?: unknown;
  /** Its value may bear a token, and is not repeated. */
  readonly concealed?: true;
  readonly isLess: (before: unknown, after: unknown) => boolean;
}

export const isTurnedOff = (before: unknown, after: unknown): boolean => before === true && after !== true;
export const isTurnedOn = (before: unknown, after: unknown): boolean => before !== true && after === true;
export const isLowered = (before: unknown, after: unknown): boolean => Number(after) < Number(before);
export const isRaised = (before: unknown, after: unknown): boolean => Number(after) > Number(before);
export const isOther = (before: unknown, after: unknown): boolean => !isEmpty(before) && before !== after;
export const isTaken = (before: unknown, after: unknown): boolean => !isEmpty(before) && isEmpty(after);
/** Of lists and objects too. */
export const isChanged = (before: unknown, after: unknown): boolean =>
  !isEmpty(before) && toCanonicalText(before) !== toCanonicalText(after);
/** It is there now and was not, or says something else. */
export const isSetOtherwise = (before: unknown, after: unknown): boolean =>
  !isEmpty(after) && toCanonicalText(before) !== toCanonicalText(after);
/** From this value to any other. */
export const isNoLonger =
  (value: string) =>
  (before: unknown, after: unknown): boolean =>
    before === value && after !== value;

const isEmpty = (value: unknown): boolean => value === undefined || value === "";

/** What guards less than before; of a new resource nothing. What cannot be read is told by `listUnreadableInputs`. */
export function compareInputs(guards: readonly GuardingInput[], { before, after }: Sides): Weakening[] {
  if (before === undefined || after === undefined) return [];
  return guards.flatMap(({ path, omitted, isLess, concealed, ...weakening }) => {
    const [was, is] = [getPath(before, path) ?? omitted, getPath(after, path) ?? omitted];
    if (isUnreadable([was, is]) || !isLess(was, is)) return [];
    const values = concealed ? {} : { before: formatValue(was), after: formatValue(is) };
    return [{ ...weakening, property: path, ...values }];
  });
}

export const getPath = (inputs: Properties, path: string): unknown =>
  path.split(".").reduce<unknown>((value, name) => (isProperties(value) ? value[name] : undefined), inputs);

const formatValue = (value: unknown): string => (value === undefined || value === "" ? "not set" : JSON.stringify(value));

/** The same for values that say the same, whatever the order of their keys. */
export const toCanonicalText = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isProperties(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

/** A list of objects; empty where it is none. */
export const listObjects = (value: unknown): Properties[] => (Array.isArray(value) ? value.filter(isProperties) : []);

export const joinOrNone = (values: Iterable<string>): string => [...values].sort().join(", ") || "none";
