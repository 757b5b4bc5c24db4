/** Seconds in the units people think in. Every duration of an interface carries its unit in its name: `historyRetentionSeconds`. */
export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3_600;
export const DAY_SECONDS = 86_400;
export const WEEK_SECONDS = 604_800;

const UNITS = [
  ["day", DAY_SECONDS],
  ["hour", HOUR_SECONDS],
  ["minute", MINUTE_SECONDS],
  ["second", 1],
] as const;

/** `86400` -> `1 day`, `5400` -> `90 minutes`: in the largest unit that divides it. */
export function formatSeconds(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= length && seconds % length === 0) ?? UNITS[3];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
