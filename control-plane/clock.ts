/** The plane's time. Tests may move it forward; nothing moves it back. */
export class Clock {
  private aheadMs = 0;
  private lastMicroseconds = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }

  /** RFC 3339, milliseconds. */
  formatNow(): string {
    return new Date(this.now()).toISOString();
  }

  /** RFC 3339, microseconds, never twice the same and never backwards: operations are paged by it. */
  tick(): string {
    this.lastMicroseconds = Math.max(this.now() * 1_000, this.lastMicroseconds + 1);
    const milliseconds = Math.floor(this.lastMicroseconds / 1_000);
    const rest = String(this.lastMicroseconds % 1_000).padStart(3, "0");
    return new Date(milliseconds).toISOString().replace("Z", `${rest}Z`);
  }

  advance(seconds: number): void {
    this.aheadMs += seconds * 1_000;
  }
}

/** `at`, some seconds later. */
export const addSeconds = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * 1_000).toISOString();
/** In UTC and to the second, as Neon gives instants that were set by a caller. */
export const toTheSecond = (instant: string): string => `${new Date(instant).toISOString().slice(0, 19)}Z`;
