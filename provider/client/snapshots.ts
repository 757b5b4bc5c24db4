import * as sdk from "@neon/sdk/raw";
import { BackupSchedule, type BackupScheduleItem } from "../../contract/wire/backupSchedule.js";
import { Operations } from "../../contract/wire/common.js";
import {
  CreatedSnapshot,
  type SnapshotCreateQuery,
  SnapshotResponse,
  SnapshotsResponse,
  type SnapshotUpdateRequest,
} from "../../contract/wire/snapshot.js";
import { catchNotFound, type Calls } from "./calls.js";
import { rewrite } from "./rewrite.js";

export function createSnapshotCalls(calls: Calls) {
  const { client } = calls;
  const ofBranch = (projectId: string, branchId: string) => ({ project_id: projectId, branch_id: branchId });
  const ofSnapshot = (projectId: string, snapshotId: string) => ({ project_id: projectId, snapshot_id: snapshotId });
  return {
    /** Those of a project; undefined when it does not exist. */
    list: async (projectId: string) =>
      (await catchNotFound(calls.ask(SnapshotsResponse, sdk.listSnapshots({ client, path: { project_id: projectId } }))))?.snapshots,

    create: (projectId: string, branchId: string, query: SnapshotCreateQuery) =>
      calls.startChange(projectId, CreatedSnapshot, () =>
        sdk.createSnapshot({ client, path: ofBranch(projectId, branchId), query: query as never }),
      ),

    update: (projectId: string, snapshotId: string, snapshot: SnapshotUpdateRequest["snapshot"]) =>
      calls.runSerially(projectId, () =>
        calls.ask(SnapshotResponse, sdk.updateSnapshot({ client, path: ofSnapshot(projectId, snapshotId), body: { snapshot } as never })),
      ),

    delete: (projectId: string, snapshotId: string) =>
      calls.completeChange(projectId, Operations, () => sdk.deleteSnapshot({ client, path: ofSnapshot(projectId, snapshotId) })),

    /** undefined when the branch does not exist. */
    findSchedule: async (projectId: string, branchId: string) =>
      (await catchNotFound(calls.ask(BackupSchedule, sdk.getSnapshotSchedule({ client, path: ofBranch(projectId, branchId) }))))?.schedule,

    /** Others write the same list: `next` is told the entries that are there and says what to write; see {@link rewrite}. */
    reschedule: (projectId: string, branchId: string, next: (schedule: BackupScheduleItem[]) => BackupScheduleItem[] | undefined) => {
      const path = ofBranch(projectId, branchId);
      return calls.runSerially(projectId, () =>
        rewrite({
          what: `the backup schedule of ${projectId}/${branchId}`,
          signal: calls.signal,
          next: async () => next((await calls.ask(BackupSchedule, sdk.getSnapshotSchedule({ client, path }))).schedule),
          send: async (schedule) => {
            await calls.ask(
              undefined,
              sdk.setSnapshotSchedule({ client, path, body: { schedule } as never, fetch: calls.singleAttemptFetch }),
            );
          },
        }),
      );
    },
  };
}
