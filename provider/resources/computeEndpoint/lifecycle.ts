import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { fromTagName } from "../shared/ownershipTagName.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, toCreate, toUpdate } from "./wire.js";

export const computeEndpoint = defineResource({
  kind: "ComputeEndpoint",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{endpointId}",
  declares: "its object",
  follows: { create: ["Branch", "ComputeEndpoint"], remove: [] },

  async observe({ api, proxy }, { projectId, endpointId }, recorded) {
    const found = await api.findCompute(projectId, endpointId);
    return found && fromWire(found, await proxy(), recorded);
  },

  proveGone: proveGoneFromProject,

  async find({ api }, { projectId }, { managedBy }) {
    const { endpoints } = await api.listComputes(projectId);
    return endpoints.flatMap(({ id, name }) => {
      const mark = fromTagName(name, managedBy);
      return mark ? [{ id: { projectId, endpointId: id }, ownershipTag: mark }] : [];
    });
  },

  async create({ api, proxy }, wanted, mark) {
    const { answer, settle } = await api.createCompute(wanted.projectId, toCreate(wanted, mark));
    return {
      id: { projectId: wanted.projectId, endpointId: answer.endpoint.id },
      seen: fromWire(answer.endpoint, await proxy(), wanted),
      settle,
    };
  },

  async update({ api, proxy }, { projectId, endpointId }, wanted, changed) {
    const { endpoint } = await api.updateCompute(projectId, endpointId, toUpdate(wanted, changed));
    return fromWire(endpoint, await proxy(), wanted);
  },

  async remove({ api }, { projectId, endpointId }) {
    await api.deleteCompute(projectId, endpointId);
  },
});
