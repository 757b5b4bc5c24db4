import { z } from "zod";
import type { Shape } from "../../provider/engine/define.js";
import { listFields, findItemSchema, findObjectSchema, unwrap } from "../../provider/engine/fields.js";

/** One field as the generated class and the reference page show it. */
export interface FieldDoc {
  name: string;
  field: z.ZodType;
  required: boolean;
  defaultText: string | undefined;
  /** Description with default, cost and secrecy. */
  text: string;
}

const COSTS = {
  update: "",
  replace: "Changing it replaces the resource.",
  locked: "Cannot change after creation.",
  ignored: "",
} as const;

export const listFieldDocs = (schema: Shape): FieldDoc[] =>
  listFields(schema).map(([name, field]) => {
    const { description = "", onChange = "update", secret } = field.meta() ?? {};
    const omitted = field.safeParse(undefined);
    const defaultText = omitted.success && omitted.data !== undefined ? JSON.stringify(omitted.data) : undefined;
    const text = [description, COSTS[onChange], secret ? "Secret: encrypted in the state." : ""].filter(Boolean).join(" ");
    return { name, field, required: !omitted.success, defaultText, text };
  });

/** How a type is written: `args` wraps every value in pulumi.Input, `plain` is the resolved value, `short` is for prose. */
export type Style = "args" | "plain" | "short";

/** The interface that stands for a nested object. */
export const formatNestedName = (owner: string, path: readonly string[], style: Style): string =>
  [owner, ...path.map((step) => step.charAt(0).toUpperCase() + step.slice(1))].join("") + (style === "args" ? "Args" : "");

/** The TypeScript type of a field, without `undefined`. */
export function renderType(field: z.ZodType, owner: string, path: readonly string[], style: Style): string {
  const inner = unwrap(field);
  if (inner.def.type === "string") return "string";
  if (inner instanceof z.ZodNumber) return "number";
  if (inner instanceof z.ZodBoolean) return "boolean";
  if (inner instanceof z.ZodLiteral) return [...inner.values].map((value) => JSON.stringify(value)).join(" | ");
  if (inner instanceof z.ZodEnum) return inner.options.map((value) => JSON.stringify(value)).join(" | ");
  if (inner instanceof z.ZodUnion)
    return (inner.options as z.ZodType[]).map((option) => renderType(option, owner, path, style)).join(" | ");
  if (inner instanceof z.ZodRecord) return `Record<string, ${renderType(inner.valueType as z.ZodType, owner, path, style)}>`;
  if (inner instanceof z.ZodObject) return style === "short" ? "object" : formatNestedName(owner, path, style);
  const item = findItemSchema(inner);
  if (item) {
    const text = renderType(item, owner, path, style);
    if (style === "args") return `pulumi.Input<${text}>[]`;
    return text.includes("|") ? `(${text})[]` : `${text}[]`;
  }
  throw new Error(`${owner}.${path.join(".")}: the generator knows no type ${inner.def.type}`);
}

/** Every nested object of a schema, with its path; outer ones first. */
export function collectNested(schema: Shape, path: readonly string[] = []): { path: string[]; shape: Shape }[] {
  return listFields(schema).flatMap(([name, field]) => {
    const shape = findObjectSchema(field) ?? findObjectSchema(findItemSchema(field) ?? field);
    const here = [...path, name];
    return shape ? [{ path: here, shape }, ...collectNested(shape, here)] : [];
  });
}
