import { ConsoleFailure } from "./failure.js";

/** Of one owner, besides the one that is made. */
export const MAX_WAITING = 32;
/** Until one more is worth asking for. */
const RETRY_AFTER_SECONDS = 2;

/**
 * Pages of one owner are made one after the other: a page is hundreds of readings, and whoever asks for many at once waits for their own, not
 * everybody else for theirs.
 */
export class Turns {
  private readonly queues = new Map<string, { readonly end: Promise<unknown>; readonly length: number }>();

  /** Runs `work` when what came before it has ended, well or not. Throws a failure where too many wait already. */
  async take<R>(owner: string, work: () => Promise<R>): Promise<R> {
    const { end, length } = this.queues.get(owner) ?? { end: Promise.resolve(), length: 0 };
    if (length > MAX_WAITING) throw createTooMany();
    const own = end.then(work);
    this.queues.set(owner, { end: own.catch(() => undefined), length: length + 1 });
    try {
      return await own;
    } finally {
      this.leave(owner);
    }
  }

  /** Of owners who wait. */
  get size(): number {
    return this.queues.size;
  }

  private leave(owner: string): void {
    const queue = this.queues.get(owner);
    if (queue !== undefined && queue.length > 1) this.queues.set(owner, { ...queue, length: queue.length - 1 });
    else this.queues.delete(owner);
  }
}

const createTooMany = (): ConsoleFailure =>
  new ConsoleFailure(
    503,
    "Too many pages at once",
    "Other pages are being made for this key or its owner. Close some of them, then load this one again.",
    RETRY_AFTER_SECONDS,
  );
