import type { z } from "zod";
import type { Resource, Shape } from "../../provider/engine/define.js";
import { collectObjectSchemas, listFields, findItemSchema, unwrap } from "../../provider/engine/fields.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";

/** A field that holds no other fields. */
export interface Leaf {
  /** `defaultBranch.name`, `ranges.removeAfter` */
  path: string;
  field: z.ZodType;
}

/** Every input of a schema that holds a value itself; of a list its items. */
export const leavesOf = (schema: Shape, prefix = ""): Leaf[] =>
  listFields(schema).flatMap(([name, field]) => {
    const path = prefix + name;
    const inside = collectObjectSchemas(field).flatMap((child) => leavesOf(child, `${path}.`));
    const item = findItemSchema(field);
    return inside.length > 0 ? inside : [{ path, field: item ?? unwrap(field) }];
  });

export const kinds = Object.entries(catalogue) as unknown as [Kind, Resource][];
