import { z } from "zod";

/** Neon's roles are `admin, member, editor, viewer, collaborator`; not every organisation has all of them. */
export const MemberRole = z.enum(["admin", "member", "editor", "viewer", "collaborator"]);

/** A person in an organisation. */
export const Member = z.object({
  id: z.string(),
  user_id: z.string(),
  org_id: z.string(),
  role: z.string(),
  joined_at: z.string().optional(),
});
export type Member = z.infer<typeof Member>;
