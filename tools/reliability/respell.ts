import type { z } from "zod";
import type { Properties, Shape } from "../../provider/engine/define.js";
import { listFields, isProperties, findItemSchema, findObjectSchema } from "../../provider/engine/fields.js";
import { RANGES } from "./editGenerators.js";

/** The same program in other words: keys and sets in another order, a member of a set twice, and every value that has another spelling in that. */
export function respell(schema: Shape, program: Properties): Properties {
  const fields = new Map(listFields(schema));
  const entries = Object.entries(program).map(([name, value]): [string, unknown] => {
    const field = fields.get(name);
    return [name, field ? respellValue(name, field, value, program) : value];
  });
  return Object.fromEntries(entries.reverse());
}

function respellValue(name: string, field: z.ZodType, value: unknown, program: Properties): unknown {
  if (typeof value === "string") return SPELLINGS[name]?.(value, program) ?? value;
  if (Array.isArray(value)) {
    const item = findItemSchema(field);
    const items = value.map((entry: unknown) => (item ? respellValue("range", item, entry, program) : entry));
    return field.meta()?.unordered ? [...items.reverse(), ...items.slice(-1)] : items;
  }
  const shape = findObjectSchema(field);
  return isProperties(value) && shape ? respell(shape, value) : value;
}

const respellRange = (text: string): string => RANGES.find(([one]) => one === text)?.[1] ?? text;
const respellReference = (id: string, { projectId }: Properties): string => (id.startsWith("br-") ? `${String(projectId)}/${id}` : id);
/** Two hours to the east, and finer than the API keeps it. */
const respellInstant = (text: string): string => new Date(Date.parse(text) + 7_200_637).toISOString().replace("Z", "+02:00");

const SPELLINGS: Record<string, (text: string, program: Properties) => string> = {
  range: respellRange,
  branchId: respellReference,
  parentBranchId: respellReference,
  branch: respellReference,
  expiresAt: respellInstant,
  timestamp: respellInstant,
};
