import { getRetentionSeconds, BackupSchedule, BackupScheduleRequest } from "@palisade/neon/contract/wire/backupSchedule";
import { z } from "zod";
import { omitUndefined } from "@palisade/neon/contract/values";
import { isRoot } from "../domain/branches.js";
import { getPlanLimits } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { findNextSnapshotTime } from "../domain/snapshots.js";
import { getBranch } from "./pathObjects.js";
import { defineRoute } from "./route.js";

const SCHEDULE = "/projects/:project_id/branches/:branch_id/backup_schedule";

export const backupScheduleRoutes = [
  defineRoute({
    method: "GET",
    path: SCHEDULE,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: BackupSchedule },
    handle: ({ tx, project, params }) => ({
      schedule: tx.get("backup_schedule", getBranch(tx, project.id, params.branch_id).id)?.schedule ?? [],
    }),
  }),
  defineRoute({
    method: "PUT",
    path: SCHEDULE,
    who: "project",
    least: "editor",
    effect: "mutation",
    exclusive: true,
    body: BackupScheduleRequest,
    answers: { 200: z.object({}) },
    /** What is left out of an entry has Neon's default, and is answered with it. */
    handle({ tx, at, project, organization, params, body }) {
      const branch = getBranch(tx, project.id, params.branch_id);
      if (!isRoot(branch)) throw new Refusal("snapshotOfChild", { branch: branch.id });
      const schedule = body.schedule.map((item) => ({
        ...(omitUndefined(item) as typeof item & { frequency: string }),
        retention_seconds: getRetentionSeconds(omitUndefined(item) as { frequency: string }),
      }));
      const next_at = findNextSnapshotTime(schedule, at);
      if (next_at === undefined) {
        tx.remove("backup_schedule", branch.id);
        return {};
      }
      if (!getPlanLimits(organization).backupSchedules) throw new Refusal("snapshotsLimit", { max: getPlanLimits(organization).snapshots });
      tx.put("backup_schedule", { project_id: project.id, branch_id: branch.id, schedule, next_at });
      return {};
    },
  }),
];
