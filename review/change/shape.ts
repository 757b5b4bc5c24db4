import { isRecord } from "../../contract/values.js";

/**
 * Shape checks for very large JSON: they check the fields that are used, in place, and copy nothing. A mismatch is reported by its path,
 * as `metadata.old.inputs`.
 */
export class ShapeError extends Error {}

export type Json = Readonly<Record<string, unknown>>;

/** The object itself. Throws Misfit. */
export function assertObject(value: unknown, place: string): Json {
  if (!isRecord(value)) throw new ShapeError(place);
  return value;
}

export type ShapeCheck = (value: unknown) => boolean;

export const isText: ShapeCheck = (value) => typeof value === "string";
export const isNumber: ShapeCheck = (value) => typeof value === "number" && Number.isFinite(value);
export const isFlag: ShapeCheck = (value) => typeof value === "boolean";
export const isRecordOf =
  (check: ShapeCheck): ShapeCheck =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);

export const isListOf =
  (check: ShapeCheck): ShapeCheck =>
  (value) =>
    Array.isArray(value) && value.every(check);

export const isOptional =
  (check: ShapeCheck): ShapeCheck =>
  (value) =>
    value === undefined || check(value);
export const isNullish =
  (check: ShapeCheck): ShapeCheck =>
  (value) =>
    value === undefined || value === null || check(value);

/** The object, of which each named field passes its check; further fields are left alone. Throws Misfit. */
export function assertShape(value: unknown, place: string, checks: readonly (readonly [name: string, check: ShapeCheck])[]): Json {
  const object = assertObject(value, place);
  for (const [name, check] of checks) if (!check(object[name])) throw new ShapeError(place === "" ? name : `${place}.${name}`);
  return object;
}
