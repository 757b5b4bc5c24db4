import { z } from "zod";
import { CursorPagination, Timestamp } from "./common.js";

/** Neon's roles are `admin, member, editor, viewer, collaborator`; not every organisation has all of them. */
export const MemberRole = z.enum(["admin", "member", "editor", "viewer", "collaborator"]);

/** A person in an organisation. */
export const Member = z.object({
  id: z.string(),
  user_id: z.string(),
  org_id: z.string(),
  role: z.string(),
  joined_at: Timestamp.optional(),
});
export type Member = z.infer<typeof Member>;

export const MemberWithUser = z.object({ member: Member, user: z.object({ email: z.string(), has_mfa: z.boolean().optional() }) });
export const MembersPage = z.object({ members: z.array(MemberWithUser) }).extend(CursorPagination.shape);
export const MemberUpdateRequest = z.object({ role: MemberRole });

/** Stays until the person accepts; no call takes one back. */
export const Invitation = z.object({
  id: z.string(),
  email: z.string(),
  org_id: z.string(),
  invited_by: z.string(),
  invited_at: Timestamp,
  role: z.string(),
});
export type Invitation = z.infer<typeof Invitation>;
export const Invitations = z.object({ invitations: z.array(Invitation) });
export const InvitesRequest = z.object({ invitations: z.array(z.object({ email: z.email(), role: MemberRole })).min(1) });
