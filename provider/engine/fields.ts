import { z } from "zod";
import type { Properties, Shape } from "./properties.js";

/** What the engine sends at preview for a value that is known only after apply (`unknownValue` of @pulumi/pulumi, runtime/rpc). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const listFields = (schema: Shape) => Object.entries(schema.shape) as [name: string, field: z.ZodType][];

export const isProperties = (value: unknown): value is Properties => typeof value === "object" && value !== null && !Array.isArray(value);

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
export function findObjectSchema(field: z.ZodType): Shape | undefined {
  const inner = unwrap(field);
  if (inner instanceof z.ZodObject) return inner;
  if (inner instanceof z.ZodUnion) return (inner.options as z.ZodType[]).map(findObjectSchema).find((option) => option !== undefined);
  return undefined;
}

/** The type of a list's items. */
export function findItemSchema(field: z.ZodType): z.ZodType | undefined {
  const inner = unwrap(field);
  return inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined;
}

/** Every object schema that lies directly in a field: itself, its options, its items. */
export function collectObjectSchemas(field: z.ZodType): Shape[] {
  const inner = unwrap(field);
  if (inner instanceof z.ZodObject) return [inner];
  if (inner instanceof z.ZodUnion) return (inner.options as z.ZodType[]).flatMap(collectObjectSchemas);
  const item = findItemSchema(inner);
  return item ? collectObjectSchemas(item) : [];
}

export const isStrict = (schema: Shape): boolean => schema.def.catchall instanceof z.ZodNever;

/** True when the two values of a field mean the same. */
export const isSameValue = (field: z.ZodType, a: unknown, b: unknown): boolean =>
  canonicalizeValue(field, a) === canonicalizeValue(field, b);

/** A difference between two bags: where, what it was, what it is to be. */
export interface Change {
  /** `network.ranges` */
  path: string;
  field: z.ZodType;
  before: unknown;
  after: unknown;
}

/** In what `news` asks for something else than `olds` has. An omitted field asks only when omission clears it; an unknown one not yet. */
export function computeChanges(schema: Shape, olds: Properties, news: Properties, prefix = ""): Change[] {
  return listFields(schema).flatMap(([name, field]) => {
    const { onChange, whenOmitted } = field.meta() ?? {};
    const [from, to, path] = [olds[name], news[name], prefix + name];
    if (onChange === "ignored" || to === UNKNOWN) return [];
    if (to === undefined && whenOmitted !== "cleared") return [];
    const nested = onChange === undefined ? findObjectSchema(field) : undefined;
    // Field by field also where there was none: whoever sends what changed reads the paths of the fields.
    if (nested && isProperties(to) && (from === undefined || isProperties(from))) {
      const inner = computeChanges(nested, from ?? {}, to, `${path}.`);
      if (from !== undefined || inner.length > 0) return inner;
    }
    return hasUnknown(to) || isSameValue(field, from, to) ? [] : [{ path, field, before: from, after: to }];
  });
}

/** Paths and their top names: `network.ranges` and `network`. */
export const listChangedNames = (list: readonly Change[]): ReadonlySet<string> =>
  new Set(list.flatMap(({ path }) => [path, path.split(".")[0] as string]));

/** Names of the top fields that hold a secret anywhere inside. */
export const listSecretNames = (schema: Shape): string[] =>
  listFields(schema)
    .filter(([, field]) => hasSecret(field))
    .map(([name]) => name);

/** Outputs that repeat what inputs say, with the names of these. */
export const getDerivedOutputs = (outputs: Shape): Record<string, readonly string[]> =>
  Object.fromEntries(
    listFields(outputs).flatMap(([name, field]) => (field.meta()?.derivedFrom ? [[name, field.meta()?.derivedFrom ?? []]] : [])),
  );

/** Paths of the secret fields, through objects: `["sink", "webhook", "path"]`. What is secret in a list, or in one of several forms, is so with the whole. */
export const listSecretPaths = (schema: Shape): string[][] =>
  listFields(schema)
    .filter(([, field]) => hasSecret(field))
    .flatMap(([name, field]) => {
      const isWhole = field.meta()?.secret === true || findItemSchema(field) !== undefined || collectObjectSchemas(field).length > 1;
      const inner = isWhole ? undefined : findObjectSchema(field);
      return inner ? listSecretPaths(inner).map((rest) => [name, ...rest]) : [[name]];
    });

const hasSecret = (field: z.ZodType): boolean =>
  field.meta()?.secret === true || collectObjectSchemas(field).some((child) => listFields(child).some(([, nested]) => hasSecret(nested)));

/** The same values, where a set holds each once: nothing is sent twice. */
export function deduplicateSets(schema: Shape, bag: Properties): Properties {
  const once = (field: z.ZodType, value: unknown): unknown => {
    const [item, shape] = [findItemSchema(field), findObjectSchema(field)];
    if (item && Array.isArray(value)) {
      const items = value.map((entry: unknown) => once(item, entry));
      const spellings = items.map((entry) => canonicalizeValue(item, entry));
      return field.meta()?.unordered ? items.filter((_, at) => spellings.indexOf(spellings[at] as string) === at) : items;
    }
    return shape && isProperties(value) ? deduplicateSets(shape, value) : value;
  };
  const fields = new Map(listFields(schema));
  return Object.fromEntries(
    Object.entries(bag).map(([name, value]) => [name, fields.has(name) ? once(fields.get(name) as z.ZodType, value) : value]),
  );
}

/** One text for all values that mean the same. */
function canonicalizeValue(field: z.ZodType, value: unknown): string {
  const { canonical, unordered } = field.meta() ?? {};
  const one = canonical && value !== undefined && !hasUnknown(value) ? canonical(value as never) : value;
  if (one === undefined) return "";
  const item = findItemSchema(field);
  if (item && Array.isArray(one)) {
    const items = one.map((entry) => canonicalizeValue(item, entry));
    return `[${(unordered ? [...new Set(items)].sort() : items).join()}]`;
  }
  const shape = canonical ? undefined : findObjectSchema(field);
  if (shape && isProperties(one)) {
    const parts = listFields(shape).filter(([name, child]) => one[name] !== undefined && child.meta()?.onChange !== "ignored");
    return `{${parts.map(([name, child]) => `${name}:${canonicalizeValue(child, one[name])}`).join()}}`;
  }
  return JSON.stringify(one, (_key, v: unknown) =>
    isProperties(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );
}
