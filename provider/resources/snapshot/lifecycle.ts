import { getLastPart } from "../../../contract/ids.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review } from "./schema.js";
import { fromWire, findOwnershipTag, toCreate, toUpdate } from "./wire.js";

export const snapshot = defineResource({
  kind: "Snapshot",
  doc,
  inputs,
  outputs,
  review,
  id: "{projectId}/{snapshotId}",
  declares: "its object",
  follows: { create: [], remove: [] },

  async observe({ api }, { projectId, snapshotId }, recorded) {
    const found = (await api.snapshots.list(projectId))?.find(({ id }) => id === snapshotId);
    return found && fromWire(found, projectId, recorded);
  },

  proveGone: proveGoneFromProject,

  async find({ api }, { projectId }, { managedBy }) {
    return ((await api.snapshots.list(projectId)) ?? []).flatMap((found) => {
      const mark = findOwnershipTag(found, managedBy);
      return mark ? [{ id: { projectId, snapshotId: found.id }, ownershipTag: mark }] : [];
    });
  },

  async create({ api }, wanted, mark) {
    const { projectId, branchId } = wanted;
    const { answer, settle } = await api.snapshots.create(projectId, getLastPart(branchId), toCreate(wanted, mark));
    return { id: { projectId, snapshotId: answer.snapshot.id }, seen: fromWire(answer.snapshot, projectId, wanted), settle };
  },

  async update({ api }, { projectId, snapshotId }, wanted, changed) {
    const fields = toUpdate(wanted, changed);
    if (Object.keys(fields).length === 0) return undefined;
    const { snapshot: after } = await api.snapshots.update(projectId, snapshotId, fields);
    return fromWire(after, projectId, wanted);
  },

  async remove({ api }, { projectId, snapshotId }) {
    await api.snapshots.delete(projectId, snapshotId);
  },
});
