import { z } from "zod";
import { Pagination } from "./common.js";

export const ConsumptionGranularity = z.enum(["hourly", "daily", "monthly"]);
export type ConsumptionGranularity = z.infer<typeof ConsumptionGranularity>;

/** From `timeframe_start` up to, and without, `timeframe_end`. */
const Timeframe = z.object({
  timeframe_start: z.string(),
  timeframe_end: z.string(),
  active_time_seconds: z.number().int(),
  compute_time_seconds: z.number().int(),
  written_data_bytes: z.number().int(),
  synthetic_storage_size_bytes: z.number().int(),
});
export type Timeframe = z.infer<typeof Timeframe>;

/** `period_end` is there for billing periods that are over. */
const Period = z.object({
  period_id: z.string(),
  period_plan: z.string(),
  period_start: z.string(),
  period_end: z.string().optional(),
  consumption: z.array(Timeframe),
});

export const ConsumptionPage = z
  .object({ projects: z.array(z.object({ project_id: z.string(), periods: z.array(Period) })) })
  .extend(Pagination.shape);
