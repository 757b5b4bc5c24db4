import { PalisadeError } from "../../../contract/errors.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire } from "./wire.js";

export const projectPermission = defineResource({
  kind: "ProjectPermission",
  doc,
  inputs,
  outputs,
  review,
  id: "{projectId}/{permissionId}",
  declares: "its object",
  follows: { create: ["OrganizationMember"], remove: [] },

  async observe({ api }, { projectId, permissionId }, { level }) {
    const found = (await api.people.listPermissions(projectId))?.find(({ id }) => id === permissionId);
    if (!found) return undefined;
    const member = level === undefined ? undefined : await findMember(api, projectId, found.granted_to_email);
    return fromWire(found, projectId, member?.project_role);
  },

  proveGone: proveGoneFromProject,

  async findByName({ api }, { projectId, email }) {
    const found = (await api.people.listPermissions(projectId))?.find(({ granted_to_email }) => granted_to_email === email);
    return found && { projectId, permissionId: found.id };
  },

  async create({ api }, { projectId, email, level }) {
    const permission = await api.people.grantPermission(projectId, email);
    return {
      id: { projectId, permissionId: permission.id },
      ...(level === undefined && { seen: fromWire(permission, projectId, undefined) }),
    };
  },

  async update({ api }, { projectId }, { email, level }) {
    if (level === undefined) return undefined;
    const member = await findMember(api, projectId, email);
    if (!member) throw new PalisadeError("PAL_NOT_A_MEMBER", `${email} and project ${projectId}`);
    await api.people.setProjectRole(projectId, member.member_id, level);
    return undefined;
  },

  async remove({ api }, { projectId, permissionId }, { email, level }) {
    const member = level === undefined ? undefined : await findMember(api, projectId, email as string);
    if (member?.project_role !== undefined) await api.people.clearProjectRole(projectId, member.member_id);
    await api.people.revokePermission(projectId, permissionId);
  },
});

const findMember = async (api: NeonApi, projectId: string, email: string) =>
  (await api.people.listProjectMembers(projectId)).find((member) => member.email === email);
