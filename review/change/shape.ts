/**
 * Checks of JSON that is read by the million: they look at what is used, in place, and copy nothing. What does not fit is told by its place,
 * as `metadata.old.inputs`.
 */
export class Misfit extends Error {}

export type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The object itself. Throws Misfit. */
export function objectAt(value: unknown, place: string): Json {
  if (!isObject(value)) throw new Misfit(place);
  return value;
}

export type Check = (value: unknown) => boolean;

export const isText: Check = (value) => typeof value === "string";
export const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
export const isFlag: Check = (value) => typeof value === "boolean";
export const isBagOfAny: Check = isObject;
export const isBagOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);

export const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
export const nullish =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);

/** The object, of which each named field passes its check; further fields are left alone. Throws Misfit. */
export function checkedAt(value: unknown, place: string, checks: readonly (readonly [name: string, check: Check])[]): Json {
  const object = objectAt(value, place);
  for (const [name, check] of checks) if (!check(object[name])) throw new Misfit(place === "" ? name : `${place}.${name}`);
  return object;
}
