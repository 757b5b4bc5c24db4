import { createHash } from "node:crypto";
import type { ConsumptionGranularity, Timeframe } from "@palisade/neon/contract/wire/consumption";
import { Refusal } from "./refusals.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far back figures go (comments of @neon/sdk 6.1.2). */
const DAYS: Readonly<Record<ConsumptionGranularity, number>> = { hourly: 7, daily: 60, monthly: 366 };

/** Both rounded down to the granularity, in UTC. Milliseconds; `to` is not part of it. Throws `consumptionRange`. */
export function computeRange(granularity: ConsumptionGranularity, from: string, to: string, now: number): { from: number; to: number } {
  const [begin, end] = [roundDown(granularity, Date.parse(from)), roundDown(granularity, Date.parse(to))];
  const days = DAYS[granularity];
  if (begin >= end || begin < roundDown(granularity, now - days * DAY_MS)) throw new Refusal("consumptionRange", { granularity, days });
  return { from: begin, to: Math.min(end, roundDown(granularity, now) + 1) };
}

/** The figures of the first version of the API. Nothing is measured here, so every one is 0. */
export const ZERO_USAGE: Omit<Timeframe, keyof Frame> = {
  active_time_seconds: 0,
  compute_time_seconds: 0,
  written_data_bytes: 0,
  synthetic_storage_size_bytes: 0,
};

type Frame = Pick<Timeframe, "timeframe_start" | "timeframe_end">;

/** One per hour, day or month since the project or branch was made, each with these figures. */
export function buildTimeframes<T extends object>(
  granularity: ConsumptionGranularity,
  { from, to }: { from: number; to: number },
  createdAt: string,
  figures: T,
): (Frame & T)[] {
  const frames: (Frame & T)[] = [];
  for (let start = Math.max(from, roundDown(granularity, Date.parse(createdAt))); start < to; start = computeNext(granularity, start))
    frames.push({
      timeframe_start: new Date(start).toISOString(),
      timeframe_end: new Date(computeNext(granularity, start)).toISOString(),
      ...figures,
    });
  return frames;
}

/** The same at every call. */
export function computePeriodId(projectId: string, start: string): string {
  const hex = createHash("sha256").update(`${projectId} ${start}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

function roundDown(granularity: ConsumptionGranularity, at: number): number {
  if (granularity === "monthly") return computeMonthStart(at, 0);
  const step = granularity === "hourly" ? HOUR_MS : DAY_MS;
  return at - (at % step);
}

const computeNext = (granularity: ConsumptionGranularity, at: number): number =>
  granularity === "monthly" ? computeMonthStart(at, 1) : at + (granularity === "hourly" ? HOUR_MS : DAY_MS);

function computeMonthStart(at: number, offset: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset);
}
