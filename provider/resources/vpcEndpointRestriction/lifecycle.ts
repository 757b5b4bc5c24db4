import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { assertNoLockOut, assertPrivatePathLeft } from "../shared/lockOut.js";
import { fromWire } from "./wire.js";

export const vpcEndpointRestriction = defineResource({
  kind: "VpcEndpointRestriction",
  doc,
  inputs,
  outputs,
  review,
  id: "{projectId}/{vpcEndpointId}",
  declares: "its object",
  follows: { create: ["PrivateEndpoint"], remove: [] },

  async observe({ api }, { projectId, vpcEndpointId }, recorded) {
    const found = (await api.vpc.listRestrictions(projectId))?.find((endpoint) => endpoint.vpc_endpoint_id === vpcEndpointId);
    return found && fromWire(found, projectId, recorded);
  },

  proveGone: proveGoneFromProject,

  async findByName({ api }, { projectId, vpcEndpointId }) {
    const held = (await api.vpc.listRestrictions(projectId))?.some((endpoint) => endpoint.vpc_endpoint_id === vpcEndpointId);
    return held ? { projectId, vpcEndpointId } : undefined;
  },

  async create(neon, { projectId, vpcEndpointId, label, ...own }) {
    await assertNoLockOut(neon, projectId, { restrictTo: vpcEndpointId }, own);
    await neon.api.vpc.restrict(projectId, vpcEndpointId, label);
    return { id: { projectId, vpcEndpointId }, seen: fromWire({ vpc_endpoint_id: vpcEndpointId, label }, projectId, own) };
  },

  async update({ api }, { projectId, vpcEndpointId }, { label, ...own }, changed) {
    if (changed.has("label")) await api.vpc.restrict(projectId, vpcEndpointId, label);
    return fromWire({ vpc_endpoint_id: vpcEndpointId, label }, projectId, own);
  },

  async remove(neon, { projectId, vpcEndpointId }, { allowAll, acceptLockOut }) {
    await assertPrivatePathLeft(neon, projectId, vpcEndpointId, { acceptLockOut: acceptLockOut === true });
    await neon.api.vpc.liftRestriction(projectId, vpcEndpointId, { allowAll: allowAll === true });
  },
});
