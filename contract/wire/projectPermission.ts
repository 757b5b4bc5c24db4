import { z } from "zod";
import { CursorPagination, Timestamp } from "./common.js";

/** What a person may do with a project, given by e-mail address. */
export const ProjectPermission = z.object({
  id: z.string(),
  granted_to_email: z.string(),
  granted_at: Timestamp,
  revoked_at: Timestamp.optional(),
});
export type ProjectPermission = z.infer<typeof ProjectPermission>;
export const ProjectPermissions = z.object({ project_permissions: z.array(ProjectPermission) });
export const GrantPermissionRequest = z.object({ email: z.email() });

/** Neon's words: `viewer, editor, admin`. */
export const ProjectRole = z.enum(["viewer", "editor", "admin"]);

/** A member of the organisation, as one project sees it. `project_role` is absent where none was set for this project. */
export const ProjectMember = z.object({
  member_id: z.string(),
  user_id: z.string(),
  email: z.string().optional(),
  name: z.string().optional(),
  org_role: z.string(),
  project_role: z.string().optional(),
});
export const ProjectMembersPage = z.object({ project_members: z.array(ProjectMember) }).extend(CursorPagination.shape);
export const SetProjectRoleRequest = z.object({ role: ProjectRole });
export const ProjectMemberRoleResponse = ProjectMember.extend({ project_id: z.string() });
