import { PalisadeError } from "../../../contract/errors.js";
import { getLastPart } from "../../../contract/ids.js";
import { getRetentionSeconds } from "../../../contract/wire/backupSchedule.js";
import { defineResource, proveGoneFromProject } from "../shared/context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, findObservedItem, toItem, replaceItem } from "./wire.js";

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
    const item = findObservedItem((await api.snapshots.findSchedule(id.projectId, id.branchId)) ?? [], recorded["frequency"]);
    return item && fromWire(item, id, recorded);
  },

  proveGone: proveGoneFromProject,

  /** A branch has one schedule. */
  async findByName({ api }, { projectId, branchId }) {
    const id = { projectId, branchId: getLastPart(branchId) };
    return (await api.snapshots.findSchedule(projectId, id.branchId))?.length ? id : undefined;
  },

  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: getLastPart(wanted.branchId) };
    await api.snapshots.reschedule(id.projectId, id.branchId, (schedule) => replaceItem(schedule, toItem(wanted), [wanted.frequency]));
    return { id };
  },

  /** Compared with what is live in the same turn: the state may not know that somebody raised the retention. */
  async update({ api }, { projectId, branchId }, wanted, _changed, { inputs: live }) {
    await api.snapshots.reschedule(projectId, branchId, (schedule) => {
      const replaced = [live.frequency, wanted.frequency];
      const kept = Math.max(...schedule.filter(({ frequency }) => replaced.includes(frequency as never)).map(getRetentionSeconds));
      if (kept > wanted.retentionSeconds && !wanted.release)
        throw new PalisadeError(
          "PAL_BACKUP_RETENTION",
          `${projectId}/${branchId} keeps them for ${kept} seconds, the program asks for ${wanted.retentionSeconds}`,
        );
      return replaceItem(schedule, toItem(wanted), replaced);
    });
    return undefined;
  },

  async remove({ api }, { projectId, branchId }, { release, frequency }) {
    if (release !== true) throw new PalisadeError("PAL_BACKUP_RETENTION", `${projectId}/${branchId} would have no schedule any more`);
    await api.snapshots.reschedule(projectId, branchId, (schedule) => replaceItem(schedule, undefined, [frequency]));
  },
});
