import { Refusal } from "../domain/refusals.js";

/** Neon's limits, per account and route (documentation of 2026): a steady rate and a burst. */
const PER_MINUTE = 700;
const PER_SECOND = 40;
/** Routes with a limit of their own, per second. */
const SLOWER: Readonly<Record<string, number>> = { "POST /organizations/:org_id/api_keys": 10 };

interface Bucket {
  tokens: number;
  /** When it was counted last. Milliseconds. */
  at: number;
}

/** Two token buckets for each account and route; a call needs one token of both. */
export class RateLimiter {
  private readonly buckets = new Map<string, { minute: Bucket; second: Bucket }>();

  /** @param now milliseconds */
  constructor(private readonly now: () => number) {}

  /** Throws `rateLimited` with the time to retry after. */
  take(account: string, route: string): void {
    const key = `${account} ${route}`;
    const at = this.now();
    const perSecond = SLOWER[route] ?? PER_SECOND;
    const { minute, second } = this.buckets.get(key) ?? { minute: { tokens: PER_MINUTE, at }, second: { tokens: perSecond, at } };
    const next = { minute: refill(minute, at, PER_MINUTE, PER_MINUTE / 60), second: refill(second, at, perSecond, perSecond) };
    this.buckets.set(key, next);
    const wait = Math.max((1 - next.minute.tokens) / (PER_MINUTE / 60), (1 - next.second.tokens) / perSecond);
    if (wait > 0) throw new Refusal("rateLimited", {}, Math.ceil(wait));
    next.minute.tokens -= 1;
    next.second.tokens -= 1;
  }
}

const refill = ({ tokens, at }: Bucket, now: number, capacity: number, perSecond: number): Bucket => ({
  tokens: Math.min(capacity, tokens + ((now - at) / 1_000) * perSecond),
  at: now,
});
