import { getLastPart } from "../../../contract/ids.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { getDefaultBranch } from "../project/lifecycle.js";
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
    const found = await api.findBranch(projectId, branchId);
    return found && fromWire(found.branch, recorded);
  },

  proveGone: proveGoneFromProject,

  /** Nothing is made: the engine sees what differs and sends it. */
  async create({ api }, { projectId, branch }) {
    const branchId = branch === "default" ? (await getDefaultBranch(api, projectId)).branch.id : getLastPart(branch);
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
