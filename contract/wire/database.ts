import { z } from "zod";
import { Operations, Timestamp } from "./common.js";

export const Database = z.object({
  id: z.number().int(),
  branch_id: z.string(),
  name: z.string(),
  owner_name: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Database = z.infer<typeof Database>;

export const DatabaseCreateRequest = z.object({ database: z.object({ name: z.string().min(1), owner_name: z.string().min(1) }) });
export const DatabaseUpdateRequest = z.object({
  database: z.object({ name: z.string().min(1).optional(), owner_name: z.string().min(1).optional() }),
});
export const DatabaseResponse = z.object({ database: Database });
export const DatabasesResponse = z.object({ databases: z.array(Database) });
export const DatabaseOperations = DatabaseResponse.extend(Operations.shape);
