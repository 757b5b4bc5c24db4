import { z } from "zod";

/** Of `referenced_table` where the constraint is a foreign key. */
const Constraint = z.object({
  type: z.string(),
  columns: z.array(z.string()),
  name: z.string().optional(),
  referenced_table: z.object({ schema: z.string(), table: z.string(), columns: z.array(z.string()) }).optional(),
});

export const SchemaTable = z.object({
  schema: z.string(),
  name: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean().optional(), generated: z.boolean().optional() })),
  constraints: z.array(Constraint).optional(),
});
export type SchemaTable = z.infer<typeof SchemaTable>;

/** `sql` or `json`, as was asked for. */
export const BranchSchemaResponse = z.object({
  sql: z.string().optional(),
  json: z.object({ tables: z.array(SchemaTable) }).optional(),
});
/** A unified diff from the base branch to the branch; "" where there is no difference. */
export const BranchSchemaCompareResponse = z.object({ diff: z.string().optional() });
