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

  async findByName({ api }, { projectId, branchId, name }, since) {
    const found = (await api.roles(projectId, lastPart(branchId)))?.find((role) => role.name === name);
    return found && api.isSince(found.created_at, since) ? { projectId, branchId: found.branch_id, name } : undefined;
  },

  uniqueName: ({ projectId, branchId, name }) => `${projectId}/${lastPart(branchId)}/${name}`,

  async create({ api }, wanted) {
    const branchId = lastPart(wanted.branchId);
    const { answer, settle } = await api.createRole(wanted.projectId, branchId, toCreate(wanted));
    const id = { projectId: wanted.projectId, branchId, name: wanted.name };
    const once = told(wanted, answer);
    // Asked for and not told: it is revealed by another call.
    const isTold = !wanted.revealPassword || once.password !== undefined;
    const secret = wanted.revealPassword ? once : { password: undefined };
    return { id, once, settle, ...(isTold && { seen: fromWire(answer.role, id.projectId, wanted, secret) }) };
  },

  /** Whether the password is shown is all that can change, and `observe` answers that. */
  update: () => Promise.resolve(undefined),

  async remove({ api }, { projectId, branchId, name }) {
    await api.deleteRole(projectId, branchId, name);
  },
});
