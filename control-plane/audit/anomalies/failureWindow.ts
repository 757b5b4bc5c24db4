import { DAY_MS, HOUR_MS, MAX_EVIDENCE } from "./finding.js";

const HOURS = DAY_MS / HOUR_MS;

/** Counts of a day, by the hour, and the last of them; its size does not grow. */
export class FailureWindow {
  private readonly hours: { hour: number; count: number }[] = [];
  /** When the latest were, and what rows say so. */
  private latest: { readonly at: number; readonly seq: number }[] = [];

  constructor(private readonly burst: number) {}

  add(at: number, seq: number): void {
    const hour = Math.floor(at / HOUR_MS);
    const last = this.hours.at(-1);
    if (last?.hour === hour) last.count++;
    else this.hours.push({ hour, count: 1 });
    while ((this.hours[0]?.hour ?? hour) <= hour - HOURS) this.hours.shift();
    this.latest = [...this.latest, { at, seq }].slice(-this.burst);
  }

  /** Whether so many as make a burst were within this time. */
  isBurst(at: number, withinMs: number): boolean {
    const [first] = this.latest;
    return this.latest.length >= this.burst && first !== undefined && at - first.at <= withinMs;
  }

  /** How many were in the last day. */
  count(at: number): number {
    const hour = Math.floor(at / HOUR_MS);
    return this.hours.filter((one) => one.hour > hour - HOURS).reduce((sum, { count }) => sum + count, 0);
  }

  get evidence(): readonly number[] {
    return this.latest.slice(-MAX_EVIDENCE).map(({ seq }) => seq);
  }
}

/** Different ones seen within a day, at most so many: whom they are about does not matter once there are enough. */
export class RecentSet {
  private readonly seen = new Map<string, { at: number; seq: number }>();

  constructor(private readonly most: number) {}

  add(key: string, at: number, seq: number): void {
    this.seen.delete(key);
    this.seen.set(key, { at, seq });
    for (const [oldest, one] of this.seen) {
      if (this.seen.size <= this.most && one.at > at - DAY_MS) break;
      this.seen.delete(oldest);
    }
  }

  delete(key: string): void {
    this.seen.delete(key);
  }

  count(at: number, withinMs: number): number {
    return [...this.seen.values()].filter((one) => one.at > at - withinMs).length;
  }

  get evidence(): readonly number[] {
    return [...this.seen.values()].slice(-MAX_EVIDENCE).map(({ seq }) => seq);
  }
}
