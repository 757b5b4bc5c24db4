import { isPalisadeError } from "../../contract/errors.js";

/** Refusals that the end of another call can lift: something is not there yet, or is still in use. */
const RETRYABLE_CODES = ["PAL_NOT_FOUND", "PAL_REFUSED", "PAL_CONFLICT", "PAL_SQL"] as const;

/** How long a call is waited for that has not begun, in milliseconds. Ours: a program registers the next resource in far less, on a busy machine, too. */
const GRACE_MS = 3_000;

interface Call {
  readonly kind: string;
  waiting: boolean;
}

/**
 * Calls of one run whose order the API demands and no reference of the program tells, such as a role that still owns a database. Pulumi starts
 * them side by side. One that is refused is made again when one that it follows has ended, and fails when none is under way or begins any more.
 */
export class OrderedCalls {
  private readonly underWay = new Set<Call>();
  /** How many have ended well. */
  private readonly ended = new Map<string, number>();
  private changed = new Set<() => void>();

  /** @param follows kinds whose calls may have to come first */
  async run<R>(kind: string, follows: readonly string[], work: () => Promise<R>): Promise<R> {
    const call: Call = { kind, waiting: false };
    this.underWay.add(call);
    try {
      for (;;) {
        const before = this.countEnded(follows);
        try {
          const done = await work();
          this.ended.set(kind, (this.ended.get(kind) ?? 0) + 1);
          return done;
        } catch (error) {
          const { id } = error as { id?: string };
          if (!isPalisadeError(error, ...RETRYABLE_CODES) || id !== undefined || !(await this.waitForOneToEnd(call, follows, before)))
            throw error;
        }
      }
    } finally {
      this.underWay.delete(call);
      this.wakeWaiters();
    }
  }

  /** Whether one of these kinds has ended since; false when none is left that does anything but wait. */
  private async waitForOneToEnd(call: Call, follows: readonly string[], before: number): Promise<boolean> {
    call.waiting = true;
    this.wakeWaiters();
    const givesUp = Date.now() + GRACE_MS;
    try {
      for (;;) {
        if (this.countEnded(follows) > before) return true;
        const left = [...this.underWay].some((other) => other !== call && !other.waiting && follows.includes(other.kind));
        if (!left && (follows.length === 0 || Date.now() >= givesUp)) return false;
        await this.waitForChange(left ? undefined : givesUp - Date.now());
      }
    } finally {
      call.waiting = false;
    }
  }

  /** Until a call begins to wait or ends. */
  private waitForChange(withinMs: number | undefined): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = withinMs === undefined ? undefined : setTimeout(resolve, withinMs);
      this.changed.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private countEnded(kinds: readonly string[]): number {
    return kinds.reduce((sum, kind) => sum + (this.ended.get(kind) ?? 0), 0);
  }

  private wakeWaiters(): void {
    const waiting = this.changed;
    this.changed = new Set();
    for (const wake of waiting) wake();
  }
}
