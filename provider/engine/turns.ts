import { isPalisadeError } from "../../contract/errors.js";

/** Refusals that the end of another call can lift: something is not there yet, or is still in use. */
const ORDER = ["PAL_NOT_FOUND", "PAL_REFUSED", "PAL_CONFLICT", "PAL_SQL"] as const;

interface Call {
  readonly kind: string;
  waiting: boolean;
}

/**
 * Calls of one run whose order the API demands and no reference of the program tells, such as a role that still owns a database. Pulumi starts
 * them side by side. One that is refused is made again when one that it follows has ended, and fails when none is under way any more.
 */
export class Turns {
  private readonly underWay = new Set<Call>();
  private readonly ended = new Map<string, number>();
  private changed = new Set<() => void>();

  /** @param follows kinds whose calls may have to come first */
  async run<R>(kind: string, follows: readonly string[], work: () => Promise<R>): Promise<R> {
    const call: Call = { kind, waiting: false };
    this.underWay.add(call);
    try {
      for (;;) {
        const before = this.endedOf(follows);
        try {
          return await work();
        } catch (error) {
          const { id } = error as { id?: string };
          if (!isPalisadeError(error, ...ORDER) || id !== undefined || !(await this.oneEnds(call, follows, before))) throw error;
        }
      }
    } finally {
      this.underWay.delete(call);
      this.ended.set(kind, (this.ended.get(kind) ?? 0) + 1);
      this.tell();
    }
  }

  /** Whether one of these kinds has ended since; false when none is left that does anything but wait. */
  private async oneEnds(call: Call, follows: readonly string[], before: number): Promise<boolean> {
    call.waiting = true;
    this.tell();
    try {
      for (;;) {
        if (this.endedOf(follows) > before) return true;
        const left = [...this.underWay].some((other) => other !== call && !other.waiting && follows.includes(other.kind));
        if (!left) return false;
        await new Promise<void>((resolve) => this.changed.add(resolve));
      }
    } finally {
      call.waiting = false;
    }
  }

  private endedOf(kinds: readonly string[]): number {
    return kinds.reduce((sum, kind) => sum + (this.ended.get(kind) ?? 0), 0);
  }

  private tell(): void {
    const waiting = this.changed;
    this.changed = new Set();
    for (const wake of waiting) wake();
  }
}
