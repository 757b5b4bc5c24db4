import { setTimeout as pause } from "node:timers/promises";

/** Waits until `condition` gives something, which it resolves to; rejects naming `what` when that takes longer than `deadlineMs`. */
export async function until<T>(what: string, condition: () => Waiting<T> | Promise<Waiting<T>>, deadlineMs = 30_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await pause(POLL_MS);
  }
}

/** `undefined` and `false` mean: not yet. */
export type Waiting<T> = T | undefined | false;

const POLL_MS = 20;
