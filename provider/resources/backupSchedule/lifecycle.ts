import { PalisadeError } from "../../../contract/errors.js";
import { lastPart } from "../../../contract/ids.js";
import { defineResource, goneFromProject } from "../context.js";
import { doc, inputs, outputs, review, rules } from "./schema.js";
import { fromWire, ownItem, retentionOf, shownItem, toItem } from "./wire.js";

export const backupSchedule = defineResource({
  kind: "BackupSchedule",
  doc,
  inputs,
  outputs,
  rules,
  review,
  id: "{projectId}/{branchId}",

  async observe({ api }, id, recorded) {
    const item = shownItem((await api.snapshots.schedule(id.projectId, id.branchId)) ?? [], recorded["frequency"]);
    return item && fromWire(item, id, recorded);
  },

  proveGone: goneFromProject,

  /** A branch has one schedule. */
  async holder({ api }, { projectId, branchId }) {
    const id = { projectId, branchId: lastPart(branchId) };
    return (await api.snapshots.schedule(projectId, id.branchId))?.length ? id : undefined;
  },

  async create({ api }, wanted) {
    const id = { projectId: wanted.projectId, branchId: lastPart(wanted.branchId) };
    await api.snapshots.reschedule(id.projectId, id.branchId, (others) => [...others, toItem(wanted)]);
    return { id };
  },

  /** Compared with what is live in the same turn: the state may not know that somebody raised the retention. */
  async update({ api }, { projectId, branchId }, wanted, _changed, { inputs: live }) {
    await api.snapshots.reschedule(projectId, branchId, (schedule) => {
      const own = ownItem(schedule, live.frequency);
      if (own && retentionOf(own) > wanted.retentionSeconds && !wanted.release)
        throw new PalisadeError(
          "PAL_BACKUP_RETENTION",
          `${projectId}/${branchId} keeps them for ${retentionOf(own)} seconds, the program asks for ${wanted.retentionSeconds}`,
        );
      return [...schedule.filter((item) => item !== own), toItem(wanted)];
    });
  },

  async remove({ api }, { projectId, branchId }, { release, frequency }) {
    if (release !== true) throw new PalisadeError("PAL_BACKUP_RETENTION", `${projectId}/${branchId} would have no schedule any more`);
    await api.snapshots.reschedule(projectId, branchId, (schedule) => {
      const own = ownItem(schedule, frequency);
      return schedule.filter((item) => item !== own);
    });
  },
});
