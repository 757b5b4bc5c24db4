import { PalisadeError } from "../../../contract/errors.js";
import type { NeonApi } from "../../client/api.js";
import { defineResource } from "../shared/context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire } from "./wire.js";

export const organizationMember = defineResource({
  kind: "OrganizationMember",
  doc,
  inputs,
  outputs,
  review,
  id: "{orgId}/{email}",
  declares: "its object",
  follows: { create: [], remove: ["ProjectPermission"] },

  async observe({ api }, id) {
    const member = await findMember(api, id);
    if (member) return fromWire(id, member.role, "member");
    const invitation = await findInvitation(api, id);
    return invitation && fromWire(id, invitation.role, "invited");
  },

  async proveGone({ api }, { orgId }) {
    await api.getOrganization(orgId);
  },

  async findByName({ api, orgId }, { email, ...wanted }) {
    const id = { orgId: wanted.orgId ?? (await orgId()), email };
    return (await findMember(api, id)) || (await findInvitation(api, id)) ? id : undefined;
  },

  async create({ api, orgId }, { email, role, ...wanted }) {
    const id = { orgId: wanted.orgId ?? (await orgId()), email };
    await api.people.invite(id.orgId, email, role);
    return { id, seen: fromWire(id, role, "invited") };
  },

  async update({ api }, id, { role }) {
    const member = await findMember(api, id);
    if (member) await api.people.setMemberRole(id.orgId, member.id, role);
    else await api.people.invite(id.orgId, id.email, role);
    return fromWire(id, role, member ? "member" : "invited");
  },

  async remove({ api }, id) {
    const member = await findMember(api, id);
    if (member) await api.people.removeMember(id.orgId, member.id);
    else if (await findInvitation(api, id)) throw new PalisadeError("PAL_INVITED", id.email);
  },
});

const findMember = async (api: NeonApi, { orgId, email }: { orgId: string; email: string }) =>
  (await api.people.listMembers(orgId)).find(({ user }) => user.email === email)?.member;

const findInvitation = async (api: NeonApi, { orgId, email }: { orgId: string; email: string }) =>
  (await api.people.listInvitations(orgId)).find((invitation) => invitation.email === email);
