import { z } from "zod";
import { Timestamp } from "./common.js";

/** Names are 1 to 64 characters. Ids are integers, lists are bare arrays. */
export const ApiKeyCreateRequest = z.object({ key_name: z.string().min(1).max(64) });
export const OrgApiKeyCreateRequest = ApiKeyCreateRequest.extend({ project_id: z.string().optional() });

/** `last_used_from_addr` is "" for a key never used; `project_id` is there for project-scoped keys only. */
export const ApiKey = z.object({
  id: z.number().int(),
  name: z.string(),
  created_at: Timestamp,
  created_by: z.object({ id: z.string(), name: z.string(), image: z.string() }),
  last_used_at: Timestamp.optional(),
  last_used_from_addr: z.string(),
  project_id: z.string().optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeys = z.array(ApiKey);

/** The only answer that carries the key itself. */
export const CreatedApiKey = z.object({
  id: z.number().int(),
  key: z.string(),
  name: z.string(),
  created_at: Timestamp,
  created_by: z.string(),
  project_id: z.string().optional(),
});
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

export const RevokedApiKey = CreatedApiKey.omit({ key: true }).extend({
  last_used_at: Timestamp.optional(),
  last_used_from_addr: z.string(),
  revoked: z.boolean(),
});
