import { z } from "zod";
import { DAY_SECONDS, HOUR_SECONDS } from "../durations.js";

/** Neon's default, and the most it keeps a scheduled snapshot for. */
export const MAX_RETENTION_SECONDS = 35 * DAY_SECONDS;

/** All times are UTC. `day` is 1 (Monday) to 7 of a week, 1 to 31 of a month. */
export const BackupScheduleItem = z.object({
  frequency: z.string(),
  hour: z.number().int().optional(),
  day: z.number().int().optional(),
  month: z.number().int().optional(),
  retention_seconds: z.number().int().optional(),
});
export type BackupScheduleItem = z.infer<typeof BackupScheduleItem>;

export const BackupSchedule = z.object({ schedule: z.array(BackupScheduleItem) });
export type BackupSchedule = z.infer<typeof BackupSchedule>;

/** An empty list ends the schedule. */
export const BackupScheduleRequest = z.object({
  schedule: z
    .array(
      z.object({
        frequency: z.enum(["daily", "weekly", "monthly"]),
        hour: z.number().int().min(0).max(23).optional(),
        day: z.number().int().min(1).max(31).optional(),
        month: z.number().int().min(1).max(12).optional(),
        retention_seconds: z.number().int().min(HOUR_SECONDS).max(MAX_RETENTION_SECONDS).optional(),
      }),
    )
    .max(10),
});

export const getRetentionSeconds = (item: BackupScheduleItem): number => item.retention_seconds ?? MAX_RETENTION_SECONDS;
