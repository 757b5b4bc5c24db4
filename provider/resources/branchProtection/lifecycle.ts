import { lastPart } from "../../../contract/ids.js";
import { defineResource, goneFromProject } from "../context.js";
import { defaultBranch } from "../project/lifecycle.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire } from "./wire.js";

export const branchProtection = defineResource({
  kind: "BranchProtection",
  doc,
  inputs,
  outputs,
  review,
  id: "{projectId}/{branchId}",
  // Its removal takes nothing away.
  declares: { object: false, settings: () => [] },
  follows: { create: [], remove: [] },

  async observe({ api }, { projectId, branchId }, recorded) {
    const found = await api.branch(projectId, branchId);
    return found && fromWire(found.branch, recorded);
  },

  proveGone: goneFromProject,

  /** Nothing is made: the engine sees what differs and sends it. */
  async create({ api }, { projectId, branch }) {
    const branchId = branch === "default" ? (await defaultBranch(api, projectId)).branch.id : lastPart(branch);
    return { id: { projectId, branchId } };
  },

  async update({ api }, { projectId, branchId }, wanted, changed) {
    if (!changed.has("protected")) return undefined;
    const { branch } = await api.updateBranch(projectId, branchId, { branch: { protected: wanted.protected } });
    return fromWire(branch, wanted);
  },

  async remove() {
    // Protection outlives the declaration: only `protected: false` takes it away.
  },
});
