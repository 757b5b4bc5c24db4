import { setTimeout as sleep } from "node:timers/promises";

/** Neon's published limits for an account (documentation of 2026): 700 calls a minute, and 40 a second for each route. */
const PER_MINUTE = 700;
const PER_SECOND_AND_ROUTE = 40;

/** Lets through at most `capacity` at once and `perSecond` in the long run; callers wait in order. */
class TokenBucket {
  private level: number;
  private filledAt = performance.now();
  private last: Promise<void> = Promise.resolve();
  private closedUntil = -Infinity;

  constructor(
    private readonly capacity: number,
    private readonly perSecond: number,
  ) {
    this.level = capacity;
  }

  take(signal?: AbortSignal): Promise<void> {
    return (this.last = this.last.catch(() => undefined).then(() => this.takeOne(signal)));
  }

  /** Nothing passes for this long; what has been saved up stays. */
  pause(milliseconds: number): void {
    this.closedUntil = Math.max(this.closedUntil, performance.now() + milliseconds);
  }

  private async takeOne(signal?: AbortSignal): Promise<void> {
    for (let closed = this.closedUntil - performance.now(); closed > 0; closed = this.closedUntil - performance.now())
      await sleep(Math.ceil(closed), undefined, signal ? { signal } : {});
    const now = performance.now();
    this.level = Math.min(this.capacity, this.level + ((now - this.filledAt) / 1_000) * this.perSecond) - 1;
    this.filledAt = now;
    if (this.level < 0) await sleep((-this.level / this.perSecond) * 1_000, undefined, signal ? { signal } : {});
  }
}

/** One account's budget of calls, shared by all its resources. */
export class RateLimiter {
  private readonly account = new TokenBucket(PER_MINUTE, PER_MINUTE / 60);
  private readonly routes = new Map<string, TokenBucket>();

  /** @param route method and path pattern, `GET /projects/*` */
  async take(route: string, signal?: AbortSignal): Promise<void> {
    let bucket = this.routes.get(route);
    if (!bucket) this.routes.set(route, (bucket = new TokenBucket(PER_SECOND_AND_ROUTE, PER_SECOND_AND_ROUTE)));
    await bucket.take(signal);
    await this.account.take(signal);
  }

  /** The API answered 429: the whole account waits, and goes on as before. */
  slowDown(milliseconds: number): void {
    this.account.pause(milliseconds);
  }
}
