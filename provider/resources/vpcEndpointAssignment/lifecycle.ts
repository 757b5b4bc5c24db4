import { defineResource } from "../context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire } from "./wire.js";

export const vpcEndpointAssignment = defineResource({
  kind: "VpcEndpointAssignment",
  doc,
  inputs,
  outputs,
  review,
  id: "{orgId}/{regionId}/{vpcEndpointId}",
  declares: "its object",
  follows: { create: [], remove: ["VpcEndpointRestriction"] },

  async observe({ api }, id, recorded) {
    const found = await api.vpc.assigned(id);
    return found && fromWire(found, id, recorded);
  },

  async proveGone({ api }, { orgId }) {
    await api.organization(orgId);
  },

  async findByName({ api, orgId }, { regionId, vpcEndpointId, ...wanted }) {
    const id = { orgId: wanted.orgId ?? (await orgId()), regionId, vpcEndpointId };
    return (await api.vpc.assigned(id)) && id;
  },

  async create({ api, orgId }, { regionId, vpcEndpointId, label, waitForAccepted, ...wanted }) {
    const id = { orgId: wanted.orgId ?? (await orgId()), regionId, vpcEndpointId };
    await api.vpc.assign(id, label);
    return { id, settle: () => (waitForAccepted ? api.vpc.accepted(id) : Promise.resolve()) };
  },

  async update({ api }, id, { label, waitForAccepted }, changed) {
    if (changed.has("label")) await api.vpc.assign(id, label);
    if (waitForAccepted) await api.vpc.accepted(id);
    return undefined;
  },

  async remove({ api }, id, { release }) {
    if (release === true) await api.vpc.release(id);
  },
});
