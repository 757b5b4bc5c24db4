import type { z } from "zod";
import type { Bag, Shape } from "../../provider/engine/define.js";
import { fieldsOf, isBag, itemOf, objectOf } from "../../provider/engine/fields.js";
import { RANGES } from "./generators.js";

/** The same program in other words: keys and sets in another order, a member of a set twice, and every value that has another spelling in that. */
export function respell(schema: Shape, program: Bag): Bag {
  const fields = new Map(fieldsOf(schema));
  const entries = Object.entries(program).map(([name, value]): [string, unknown] => {
    const field = fields.get(name);
    return [name, field ? respellValue(name, field, value, program) : value];
  });
  return Object.fromEntries(entries.reverse());
}

function respellValue(name: string, field: z.ZodType, value: unknown, program: Bag): unknown {
  if (typeof value === "string") return SPELLINGS[name]?.(value, program) ?? value;
  if (Array.isArray(value)) {
    const item = itemOf(field);
    const items = value.map((entry: unknown) => (item ? respellValue("range", item, entry, program) : entry));
    return field.meta()?.unordered ? [...items.reverse(), ...items.slice(-1)] : items;
  }
  const shape = objectOf(field);
  return isBag(value) && shape ? respell(shape, value) : value;
}

const range = (text: string): string => RANGES.find(([one]) => one === text)?.[1] ?? text;
const reference = (id: string, { projectId }: Bag): string => (id.startsWith("br-") ? `${String(projectId)}/${id}` : id);
/** Two hours to the east, and finer than the API keeps it. */
const instant = (text: string): string => new Date(Date.parse(text) + 7_200_637).toISOString().replace("Z", "+02:00");

const SPELLINGS: Record<string, (text: string, program: Bag) => string> = {
  ...{ range, branchId: reference, parentBranchId: reference, branch: reference },
  ...{ expiresAt: instant, timestamp: instant },
};
