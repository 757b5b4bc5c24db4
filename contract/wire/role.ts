import { z } from "zod";
import { Operations, Timestamp } from "./common.js";

/** `password` comes back once, from the call that made it. */
export const Role = z.object({
  branch_id: z.string(),
  name: z.string(),
  password: z.string().optional(),
  protected: z.boolean().optional(),
  authentication_method: z.string().optional(),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Role = z.infer<typeof Role>;

/** The API never accepts a password: it makes them. At most 63 bytes a name. */
export const RoleCreateRequest = z.object({ role: z.object({ name: z.string().min(1), no_login: z.boolean().optional() }) });
export const RoleResponse = z.object({ role: Role });
export const RolesResponse = z.object({ roles: z.array(Role) });
export const RoleOperations = RoleResponse.extend(Operations.shape);
export const RolePasswordResponse = z.object({ password: z.string() });
