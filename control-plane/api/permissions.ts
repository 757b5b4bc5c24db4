import { z } from "zod";
import { omitUndefined } from "@palisade/neon/contract/values";
import type { Organization } from "@palisade/neon/contract/wire/account";
import {
  GrantPermissionRequest,
  ProjectMemberRoleResponse,
  ProjectMembersPage,
  ProjectPermission,
  ProjectPermissions,
  SetProjectRoleRequest,
} from "@palisade/neon/contract/wire/projectPermission";
import { Refusal } from "../domain/refusals.js";
import { omit } from "../domain/values.js";
import type { Tx } from "../store/store.js";
import { toMemberWithUser } from "./members.js";
import { buildLimitSchema } from "./paging.js";
import { defineRoute } from "./route.js";

const PERMISSIONS = "/projects/:project_id/permissions";
const MEMBERS = "/projects/:project_id/members";
const ROLE = `${MEMBERS}/:member_id/role` as const;

/** Access of people to one project: shared by e-mail address, or set for a member of the organisation. */
export const permissionRoutes = [
  defineRoute({
    method: "GET",
    path: PERMISSIONS,
    who: "projectInsider",
    least: "viewer",
    effect: "read",
    answers: { 200: ProjectPermissions },
    handle: ({ tx, project }) => ({
      project_permissions: tx.list("project_permission", { where: { project: project.id } }).map((each) => omit(each, "project_id")),
    }),
  }),
  defineRoute({
    method: "POST",
    path: PERMISSIONS,
    who: "project",
    least: "administrator",
    effect: "mutation",
    body: GrantPermissionRequest,
    answers: { 200: ProjectPermission },
    handle({ tx, ids, at, project, body: { email } }) {
      const existing = tx
        .list("project_permission", { where: { project: project.id } })
        .find(({ granted_to_email }) => granted_to_email === email);
      const permission = existing ?? { id: ids.createUuid(), project_id: project.id, granted_to_email: email, granted_at: at };
      tx.put("project_permission", permission);
      return omit(permission, "project_id");
    },
  }),
  defineRoute({
    method: "DELETE",
    path: `${PERMISSIONS}/:permission_id`,
    who: "project",
    least: "administrator",
    effect: "mutation",
    answers: { 200: ProjectPermission },
    handle({ tx, at, project, params }) {
      const permission = tx.get("project_permission", params.permission_id);
      if (permission?.project_id !== project.id) throw new Refusal("permissionNotFound");
      tx.remove("project_permission", permission.id);
      return { ...omit(permission, "project_id"), revoked_at: at };
    },
  }),
  defineRoute({
    method: "GET",
    path: MEMBERS,
    who: "projectInsider",
    least: "viewer",
    effect: "read",
    query: z.object({ cursor: z.string().optional(), limit: buildLimitSchema(10_000) }),
    answers: { 200: ProjectMembersPage },
    handle: ({ tx, project, organization }) => ({ project_members: listProjectMembers(tx, project.id, organization) }),
  }),
  defineRoute({
    method: "PUT",
    path: ROLE,
    who: "project",
    least: "administrator",
    effect: "mutation",
    body: SetProjectRoleRequest,
    answers: { 200: ProjectMemberRoleResponse },
    handle({ tx, project, organization, params: { member_id }, body: { role } }) {
      getProjectMember(tx, project.id, organization, member_id);
      tx.put("project_role", { project_id: project.id, member_id, role });
      return { ...getProjectMember(tx, project.id, organization, member_id), project_id: project.id };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: ROLE,
    who: "project",
    least: "administrator",
    effect: "mutation",
    answers: { 200: ProjectMemberRoleResponse },
    handle({ tx, project, organization, params: { member_id } }) {
      getProjectMember(tx, project.id, organization, member_id);
      tx.remove("project_role", `${project.id}/${member_id}`);
      return { ...getProjectMember(tx, project.id, organization, member_id), project_id: project.id };
    },
  }),
];

function listProjectMembers(tx: Tx, projectId: string, organization: Organization) {
  const roles = new Map(tx.list("project_role", { where: { project: projectId } }).map(({ member_id, role }) => [member_id, role]));
  return tx.list("member", { where: { org: organization.id } }).map((member) => ({
    member_id: member.id,
    user_id: member.user_id,
    email: toMemberWithUser(tx, member).user.email,
    org_role: member.role,
    ...omitUndefined({ project_role: roles.get(member.id) }),
  }));
}

function getProjectMember(tx: Tx, projectId: string, organization: Organization, memberId: string) {
  const member = listProjectMembers(tx, projectId, organization).find(({ member_id }) => member_id === memberId);
  if (!member) throw new Refusal("memberNotFound");
  return member;
}
