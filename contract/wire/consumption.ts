import { z } from "zod";
import { Pagination, Timestamp } from "./common.js";

export const ConsumptionGranularity = z.enum(["hourly", "daily", "monthly"]);
export type ConsumptionGranularity = z.infer<typeof ConsumptionGranularity>;

/** From `timeframe_start` up to, and without, `timeframe_end`. */
const Timeframe = z.object({
  timeframe_start: Timestamp,
  timeframe_end: Timestamp,
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
  period_start: Timestamp,
  period_end: Timestamp.optional(),
  consumption: z.array(Timeframe),
});

/** What the second version measures (comments of @neon/sdk 6.1.2). */
export const ConsumptionMetric = z.enum([
  "compute_unit_seconds",
  "root_branch_bytes_month",
  "child_branch_bytes_month",
  "instant_restore_bytes_month",
  "public_network_transfer_bytes",
  "private_network_transfer_bytes",
  "extra_branches_month",
  "snapshot_storage_bytes_month",
]);
export type ConsumptionMetric = z.infer<typeof ConsumptionMetric>;

const TimeframeV2 = z.object({
  timeframe_start: Timestamp,
  timeframe_end: Timestamp,
  metrics: z.array(z.object({ metric_name: z.string(), value: z.number() })),
});
const PeriodV2 = Period.extend({ consumption: z.array(TimeframeV2) });

export const ConsumptionPageV2 = z
  .object({ projects: z.array(z.object({ project_id: z.string(), periods: z.array(PeriodV2) })) })
  .extend(Pagination.shape);
export const BranchConsumptionPage = z
  .object({ branches: z.array(z.object({ project_id: z.string(), branch_id: z.string(), periods: z.array(PeriodV2) })) })
  .extend(Pagination.shape);

export const ConsumptionPage = z
  .object({ projects: z.array(z.object({ project_id: z.string(), periods: z.array(Period) })) })
  .extend(Pagination.shape);
