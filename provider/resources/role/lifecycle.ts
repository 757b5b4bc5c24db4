import { getLastPart } from "../../../contract/ids.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { readPasswordOutput, pickPassword } from "../shared/password.js";
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
    const found = await api.findRole(id.projectId, id.branchId, id.name);
    return found && fromWire(found, id.projectId, recorded, await readPasswordOutput(api, id, recorded));
  },

  proveGone: proveGoneFromProject,

  async findByName({ api }, { projectId, branchId, name }, since) {
    const found = (await api.listRoles(projectId, getLastPart(branchId)))?.find((role) => role.name === name);
    return found && api.isSince(found.created_at, since) ? { projectId, branchId: found.branch_id, name } : undefined;
  },

  getUniqueName: ({ projectId, branchId, name }) => `${projectId}/${getLastPart(branchId)}/${name}`,

  async create({ api }, wanted) {
    const branchId = getLastPart(wanted.branchId);
    const { answer, settle } = await api.createRole(wanted.projectId, branchId, toCreate(wanted));
    const id = { projectId: wanted.projectId, branchId, name: wanted.name };
    const once = pickPassword(wanted, answer);
    // Requested and not part of the answer: another call reveals it.
    const isTold = !wanted.revealPassword || once.password !== undefined;
    const secret = wanted.revealPassword ? once : { password: undefined };
    return { id, createOnlyOutputs: once, settle, ...(isTold && { seen: fromWire(answer.role, id.projectId, wanted, secret) }) };
  },

  /** Whether the password is shown is all that can change, and `observe` answers that. */
  update: () => Promise.resolve(undefined),

  async remove({ api }, { projectId, branchId, name }) {
    await api.deleteRole(projectId, branchId, name);
  },
});
