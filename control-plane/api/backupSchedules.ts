import { z } from "zod";
import { BackupSchedule, BackupScheduleRequest } from "@palisade/neon/contract/wire/backupSchedule";
import { isRoot } from "../domain/branches.js";
import { limitsOf } from "../domain/plans.js";
import { Refusal } from "../domain/refusals.js";
import { nextOf, retentionOf } from "../domain/snapshots.js";
import { given } from "../domain/values.js";
import { branchOf } from "./find.js";
import { route } from "./route.js";

const SCHEDULE = "/projects/:project_id/branches/:branch_id/backup_schedule";

export const backupScheduleRoutes = [
  route({
    method: "GET",
    path: SCHEDULE,
    who: "project",
    least: "viewer",
    effect: "read",
    answers: { 200: BackupSchedule },
    handle: ({ tx, project, params }) => ({
      schedule: tx.get("backup_schedule", branchOf(tx, project.id, params.branch_id).id)?.schedule ?? [],
    }),
  }),
  route({
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
      const branch = branchOf(tx, project.id, params.branch_id);
      if (!isRoot(branch)) throw new Refusal("snapshotOfChild", { branch: branch.id });
      const schedule = body.schedule.map((item) => ({
        ...(given(item) as typeof item & { frequency: string }),
        retention_seconds: retentionOf(given(item) as { frequency: string }),
      }));
      const next_at = nextOf(schedule, at);
      if (next_at === undefined) {
        tx.drop("backup_schedule", branch.id);
        return {};
      }
      if (!limitsOf(organization).backupSchedules) throw new Refusal("snapshotsLimit", { max: limitsOf(organization).snapshots });
      tx.put("backup_schedule", { project_id: project.id, branch_id: branch.id, schedule, next_at });
      return {};
    },
  }),
];
