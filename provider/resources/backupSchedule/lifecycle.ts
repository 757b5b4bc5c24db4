import { PalisadeError } from "../../../contract/errors.js";
import { lastPart } from "../../../contract/ids.js";
import { defineResource, goneFromProject } from "../context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, retentionOf, shownItem, toItem, withItem } from "./wire.js";

export const backupSchedule = defineResource({
  kind: "BackupSchedule",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{branchId}",
  declares: "its object",
  follows: { create: [], remove: [] },

  async observe({ api }, id, recorded) {
    const item = shownItem((await api.snapshots.schedule(id.projectId, id.branchId)) ?? [], recorded["frequency"]);
    return item && fromWire(item, id, recorded);
  },

  proveGone: goneFromProject,

  /** A branch has one schedule. */
  async findByName({ api }, { projectId, branchId }) {
    const id = { projectId, branchId: lastPart(branchId) };
    return (await api.snapshots.schedule(projectId, id.branchId))?.length ? id : undefined;
  },

  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: lastPart(wanted.branchId) };
    await api.snapshots.reschedule(id.projectId, id.branchId, (schedule) => withItem(schedule, toItem(wanted), [wanted.frequency]));
    return { id };
  },

  /** Compared with what is live in the same turn: the state may not know that somebody raised the retention. */
  async update({ api }, { projectId, branchId }, wanted, _changed, { inputs: live }) {
    await api.snapshots.reschedule(projectId, branchId, (schedule) => {
      const replaced = [live.frequency, wanted.frequency];
      const kept = Math.max(...schedule.filter(({ frequency }) => replaced.includes(frequency as never)).map(retentionOf));
      if (kept > wanted.retentionSeconds && !wanted.release)
        throw new PalisadeError(
          "PAL_BACKUP_RETENTION",
          `${projectId}/${branchId} keeps them for ${kept} seconds, the program asks for ${wanted.retentionSeconds}`,
        );
      return withItem(schedule, toItem(wanted), replaced);
    });
    return undefined;
  },

  async remove({ api }, { projectId, branchId }, { release, frequency }) {
    if (release !== true) throw new PalisadeError("PAL_BACKUP_RETENTION", `${projectId}/${branchId} would have no schedule any more`);
    await api.snapshots.reschedule(projectId, branchId, (schedule) => withItem(schedule, undefined, [frequency]));
  },
});
