import { createHash } from "node:crypto";
import type { ConsumptionGranularity, Timeframe } from "@palisade/neon/contract/wire/consumption";
import { Refusal } from "./refusals.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far back figures go (comments of @neon/sdk 6.1.2). */
const DAYS: Readonly<Record<ConsumptionGranularity, number>> = { hourly: 7, daily: 60, monthly: 366 };

/** Both rounded down to the granularity, in UTC. Milliseconds; `to` is not part of it. Throws `consumptionRange`. */
export function rangeOf(granularity: ConsumptionGranularity, from: string, to: string, now: number): { from: number; to: number } {
  const [begin, end] = [floor(granularity, Date.parse(from)), floor(granularity, Date.parse(to))];
  const days = DAYS[granularity];
  if (begin >= end || begin < floor(granularity, now - days * DAY_MS)) throw new Refusal("consumptionRange", { granularity, days });
  return { from: begin, to: Math.min(end, floor(granularity, now) + 1) };
}

/** The figures of the first version of the API. Nothing is measured here, so every one is 0. */
export const NOTHING_USED: Omit<Timeframe, keyof Frame> = {
  ...{ active_time_seconds: 0, compute_time_seconds: 0, written_data_bytes: 0, synthetic_storage_size_bytes: 0 },
};

type Frame = Pick<Timeframe, "timeframe_start" | "timeframe_end">;

/** One per hour, day or month since the project or branch was made, each with these figures. */
export function timeframes<T extends object>(
  granularity: ConsumptionGranularity,
  { from, to }: { from: number; to: number },
  createdAt: string,
  figures: T,
): (Frame & T)[] {
  const frames: (Frame & T)[] = [];
  for (let start = Math.max(from, floor(granularity, Date.parse(createdAt))); start < to; start = next(granularity, start))
    frames.push({
      timeframe_start: new Date(start).toISOString(),
      timeframe_end: new Date(next(granularity, start)).toISOString(),
      ...figures,
    });
  return frames;
}

/** The same at every call. */
export function periodId(projectId: string, start: string): string {
  const hex = createHash("sha256").update(`${projectId} ${start}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

function floor(granularity: ConsumptionGranularity, at: number): number {
  if (granularity === "monthly") return monthOf(at, 0);
  const step = granularity === "hourly" ? HOUR_MS : DAY_MS;
  return at - (at % step);
}

const next = (granularity: ConsumptionGranularity, at: number): number =>
  granularity === "monthly" ? monthOf(at, 1) : at + (granularity === "hourly" ? HOUR_MS : DAY_MS);

function monthOf(at: number, offset: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset);
}
