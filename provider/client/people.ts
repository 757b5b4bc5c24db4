import * as sdk from "@neon/sdk/raw";
import type { z } from "zod";
import { ApiKeys, CreatedApiKey, RevokedApiKey } from "../../contract/wire/apiKey.js";
import { Invitations, Member, type MemberRole, MembersPage } from "../../contract/wire/member.js";
import {
  ProjectMemberRoleResponse,
  ProjectMembersPage,
  ProjectPermission,
  ProjectPermissions,
  type ProjectRole,
} from "../../contract/wire/projectPermission.js";
import { catchNotFound, type Calls } from "./calls.js";

/** Whose key: of the person who asks (none), of an organisation, or of one of its projects. */
export interface KeyOwner {
  orgId?: string | undefined;
  projectId?: string | undefined;
}

const MEMBERS_PAGE = 100;
const PROJECT_MEMBERS_PAGE = 100;

export function createPeopleCalls(calls: Calls) {
  const { client } = calls;

  return {
    async listMembers(orgId: string) {
      const all: z.output<typeof MembersPage>["members"] = [];
      for (let cursor: string | undefined; ;) {
        const query = { limit: MEMBERS_PAGE, ...(cursor === undefined ? {} : { cursor }) };
        const page = await calls.ask(MembersPage, sdk.getOrganizationMembers({ client, path: { org_id: orgId }, query: query }));
        all.push(...page.members);
        cursor = page.pagination?.next;
        if (cursor === undefined || page.members.length === 0) return all;
      }
    },

    setMemberRole: (orgId: string, memberId: string, role: z.output<typeof MemberRole>) =>
      calls.ask(Member, sdk.updateOrganizationMember({ client, path: { org_id: orgId, member_id: memberId }, body: { role } })),

    removeMember: (orgId: string, memberId: string) =>
      calls.ask(undefined, sdk.removeOrganizationMember({ client, path: { org_id: orgId, member_id: memberId } })),

    listInvitations: async (orgId: string) =>
      (await calls.ask(Invitations, sdk.getOrganizationInvitations({ client, path: { org_id: orgId } }))).invitations,

    invite: (orgId: string, email: string, role: z.output<typeof MemberRole>) =>
      calls.ask(
        Invitations,
        sdk.createOrganizationInvitations({ client, path: { org_id: orgId }, body: { invitations: [{ email, role }] } }),
      ),

    /** undefined when the project does not exist. */
    listPermissions: async (projectId: string) =>
      (await catchNotFound(calls.ask(ProjectPermissions, sdk.listProjectPermissions({ client, path: { project_id: projectId } }))))
        ?.project_permissions,

    grantPermission: (projectId: string, email: string) =>
      calls.ask(ProjectPermission, sdk.grantPermissionToProject({ client, path: { project_id: projectId }, body: { email } })),

    revokePermission: (projectId: string, permissionId: string) =>
      calls.ask(
        ProjectPermission,
        sdk.revokePermissionFromProject({ client, path: { project_id: projectId, permission_id: permissionId } }),
      ),

    async listProjectMembers(projectId: string) {
      const all: z.output<typeof ProjectMembersPage>["project_members"] = [];
      for (let cursor: string | undefined; ;) {
        const query = { limit: PROJECT_MEMBERS_PAGE, ...(cursor === undefined ? {} : { cursor }) };
        const page = await calls.ask(ProjectMembersPage, sdk.listProjectMembers({ client, path: { project_id: projectId }, query }));
        all.push(...page.project_members);
        cursor = page.pagination?.next;
        if (cursor === undefined || page.project_members.length === 0) return all;
      }
    },

    setProjectRole: (projectId: string, memberId: string, role: z.output<typeof ProjectRole>) =>
      calls.ask(
        ProjectMemberRoleResponse,
        sdk.setProjectMemberRole({ client, path: { project_id: projectId, member_id: memberId }, body: { role } }),
      ),

    clearProjectRole: (projectId: string, memberId: string) =>
      calls.ask(ProjectMemberRoleResponse, sdk.removeProjectMemberRole({ client, path: { project_id: projectId, member_id: memberId } })),

    listKeys: ({ orgId }: KeyOwner) =>
      calls.ask(ApiKeys, orgId === undefined ? sdk.listApiKeys({ client }) : sdk.listOrgApiKeys({ client, path: { org_id: orgId } })),

    createKey: (name: string, { orgId, projectId }: KeyOwner) =>
      calls.ask(
        CreatedApiKey,
        orgId === undefined
          ? sdk.createApiKey({ client, body: { key_name: name } })
          : sdk.createOrgApiKey({
              client,
              path: { org_id: orgId },
              body: { key_name: name, ...(projectId !== undefined && { project_id: projectId }) },
            }),
      ),

    revokeKey: (keyId: number, { orgId }: KeyOwner) =>
      calls.ask(
        RevokedApiKey,
        orgId === undefined
          ? sdk.revokeApiKey({ client, path: { key_id: keyId } })
          : sdk.revokeOrgApiKey({ client, path: { org_id: orgId, key_id: keyId } }),
      ),
  };
}
