import { z } from "zod";
import { Operations, Timestamp } from "./common.js";

/** Where the keys are that tokens of a provider are verified with. */
export const Jwks = z.object({
  id: z.string(),
  project_id: z.string(),
  branch_id: z.string().optional(),
  jwks_url: z.string(),
  provider_name: z.string(),
  created_at: Timestamp,
  updated_at: Timestamp,
  /** Tokens of another audience are refused; tokens without one are accepted all the same (comment of @neon/sdk 6.1.2). */
  jwt_audience: z.string().optional(),
  role_names: z.array(z.string()).optional(),
});
export type Jwks = z.infer<typeof Jwks>;

export const JwksList = z.object({ jwks: z.array(Jwks) });
export const AddJwksRequest = z.object({
  jwks_url: z.string().min(1),
  provider_name: z.string().min(1),
  branch_id: z.string().optional(),
  jwt_audience: z.string().optional(),
  role_names: z.array(z.string()).max(10).optional(),
  skip_role_creation: z.boolean().optional(),
});
export type AddJwksRequest = z.infer<typeof AddJwksRequest>;
export const JwksCreated = z.object({ jwks: Jwks }).extend(Operations.shape);
