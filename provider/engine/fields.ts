import { z } from "zod";
import type { Bag, Shape } from "./define.js";

/** What the engine sends at preview for a value that is known only after apply (`unknownValue` of @pulumi/pulumi, runtime/rpc). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const fieldsOf = (schema: Shape) => Object.entries(schema.shape) as [name: string, field: z.ZodType][];

export const isBag = (value: unknown): value is Bag => typeof value === "object" && value !== null && !Array.isArray(value);

/** True when the value, or a part of it, is known only after apply. */
export const hasUnknown = (value: unknown): boolean =>
  value === UNKNOWN || (typeof value === "object" && value !== null && Object.values(value).some(hasUnknown));

/** The type inside optional, default, nullable and readonly. */
export function unwrap(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional || field instanceof z.ZodNullable || field instanceof z.ZodDefault || field instanceof z.ZodReadonly)
    return unwrap(field.unwrap() as z.ZodType);
  return field;
}

/** The object form of a field: an object, or the one object among the options of a union. */
export function objectOf(field: z.ZodType): Shape | undefined {
  const inner = unwrap(field);
  if (inner instanceof z.ZodObject) return inner;
  if (inner instanceof z.ZodUnion) return (inner.options as z.ZodType[]).map(objectOf).find((option) => option !== undefined);
  return undefined;
}

/** The type of a list's items. */
export function itemOf(field: z.ZodType): z.ZodType | undefined {
  const inner = unwrap(field);
  return inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined;
}

/** Every object schema that lies directly in a field: itself, its options, its items. */
export function childrenOf(field: z.ZodType): Shape[] {
  const inner = unwrap(field);
  if (inner instanceof z.ZodObject) return [inner];
  if (inner instanceof z.ZodUnion) return (inner.options as z.ZodType[]).flatMap(childrenOf);
  const item = itemOf(inner);
  return item ? childrenOf(item) : [];
}

export const isStrict = (schema: Shape): boolean => schema.def.catchall instanceof z.ZodNever;

/** True when the two values of a field mean the same. */
export const same = (field: z.ZodType, a: unknown, b: unknown): boolean => spelling(field, a) === spelling(field, b);

/** A difference between two bags: where, what it was, what it is to be. */
export interface Change {
  /** `network.ranges` */
  path: string;
  field: z.ZodType;
  from: unknown;
  to: unknown;
}

/** In what `news` asks for something else than `olds` has. An omitted field asks only when omission clears it; an unknown one not yet. */
export function changes(schema: Shape, olds: Bag, news: Bag, prefix = ""): Change[] {
  return fieldsOf(schema).flatMap(([name, field]) => {
    const { onChange, whenOmitted } = field.meta() ?? {};
    const [from, to, path] = [olds[name], news[name], prefix + name];
    if (onChange === "ignored" || to === UNKNOWN) return [];
    if (to === undefined && whenOmitted !== "cleared") return [];
    const nested = onChange === undefined ? objectOf(field) : undefined;
    if (nested && isBag(from) && isBag(to)) return changes(nested, from, to, `${path}.`);
    return hasUnknown(to) || same(field, from, to) ? [] : [{ path, field, from, to }];
  });
}

/** Paths and their top names: `network.ranges` and `network`. */
export const changedNames = (list: readonly Change[]): ReadonlySet<string> =>
  new Set(list.flatMap(({ path }) => [path, path.split(".")[0] as string]));

/** Names of the top fields that hold a secret anywhere inside. */
export const secretNames = (schema: Shape): string[] =>
  fieldsOf(schema)
    .filter(([, field]) => holdsSecret(field))
    .map(([name]) => name);

/** Outputs that repeat what inputs say, with the names of these. */
export const derivedOutputs = (outputs: Shape): Record<string, readonly string[]> =>
  Object.fromEntries(
    fieldsOf(outputs).flatMap(([name, field]) => (field.meta()?.derivedFrom ? [[name, field.meta()?.derivedFrom ?? []]] : [])),
  );

const holdsSecret = (field: z.ZodType): boolean =>
  field.meta()?.secret === true || childrenOf(field).some((child) => fieldsOf(child).some(([, nested]) => holdsSecret(nested)));

/** The same values, where a set holds each once: nothing is sent twice. */
export function withoutRepeats(schema: Shape, bag: Bag): Bag {
  const once = (field: z.ZodType, value: unknown): unknown => {
    const [item, shape] = [itemOf(field), objectOf(field)];
    if (item && Array.isArray(value)) {
      const items = value.map((entry: unknown) => once(item, entry));
      const spellings = items.map((entry) => spelling(item, entry));
      return field.meta()?.unordered ? items.filter((_, at) => spellings.indexOf(spellings[at] as string) === at) : items;
    }
    return shape && isBag(value) ? withoutRepeats(shape, value) : value;
  };
  const fields = new Map(fieldsOf(schema));
  return Object.fromEntries(
    Object.entries(bag).map(([name, value]) => [name, fields.has(name) ? once(fields.get(name) as z.ZodType, value) : value]),
  );
}

/** One text for all values that mean the same. */
function spelling(field: z.ZodType, value: unknown): string {
  const { canonical, unordered } = field.meta() ?? {};
  const one = canonical && value !== undefined && !hasUnknown(value) ? canonical(value as never) : value;
  if (one === undefined) return "";
  const item = itemOf(field);
  if (item && Array.isArray(one)) {
    const items = one.map((entry) => spelling(item, entry));
    return `[${(unordered ? [...new Set(items)].sort() : items).join()}]`;
  }
  const shape = canonical ? undefined : objectOf(field);
  if (shape && isBag(one)) {
    const parts = fieldsOf(shape).filter(([name, child]) => one[name] !== undefined && child.meta()?.onChange !== "ignored");
    return `{${parts.map(([name, child]) => `${name}:${spelling(child, one[name])}`).join()}}`;
  }
  return JSON.stringify(one, (_key, v: unknown) =>
    isBag(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );
}
