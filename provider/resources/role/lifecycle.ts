import { lastPart } from "../../../contract/ids.js";
import { defineResource, goneFromProject } from "../context.js";
import { passwordOutput, told } from "../password.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, toCreate } from "./wire.js";

export const role = defineResource({
  kind: "Role",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{branchId}/{name}",
  declares: "its object",
  follows: { create: [], remove: ["Database", "RoleGrants"] },

  async observe({ api }, id, recorded) {
    const found = await api.role(id.projectId, id.branchId, id.name);
    return found && fromWire(found, id.projectId, recorded, await passwordOutput(api, id, recorded));
  },

  proveGone: goneFromProject,

  async holder({ api }, { projectId, branchId, name }) {
    const found = await api.role(projectId, lastPart(branchId), name);
    return found && { projectId, branchId: found.branch_id, name };
  },

  async create({ api }, wanted) {
    const branchId = lastPart(wanted.branchId);
    const { answer, settle } = await api.createRole(wanted.projectId, branchId, toCreate(wanted));
    return { id: { projectId: wanted.projectId, branchId, name: wanted.name }, once: told(wanted, answer), settle };
  },

  /** Whether the password is shown is all that can change, and `observe` answers that. */
  update: () => Promise.resolve(),

  async remove({ api }, { projectId, branchId, name }) {
    await api.deleteRole(projectId, branchId, name);
  },
});
