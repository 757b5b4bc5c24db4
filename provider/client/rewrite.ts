import { setTimeout as sleep } from "node:timers/promises";
import { isPalisadeError, PalisadeError } from "../../contract/errors.js";
import { LIMITS } from "./transport.js";

/** Another writer is met by writing again, this often. Ours. */
const WRITES = 3;

export interface Rewrite<B> {
  /** Reads, and says what to write; undefined when everything is as it should be. */
  next: () => Promise<B | undefined>;
  /** Sends it once: what was read is old when it is sent again. */
  send: (body: B) => Promise<void>;
  /** What is written, for the error. */
  what: string;
  signal?: AbortSignal | undefined;
}

/**
 * Changes what others change too and what can only be written as a whole: compares, writes, and compares again to see that nobody undid it.
 * Whatever the API asks to repeat begins with another reading.
 * @throws PAL_LOST_UPDATE
 */
export async function rewrite<B>({ next, send, what, signal }: Rewrite<B>): Promise<void> {
  const deadline = Date.now() + LIMITS.retry;
  let pause: number = LIMITS.firstPause;
  for (let written = 0; ;) {
    const body = await next();
    if (body === undefined) return;
    if (written === WRITES) throw new PalisadeError("PAL_LOST_UPDATE", `${what}, after ${WRITES} attempts`);
    try {
      await send(body);
      written += 1;
    } catch (error) {
      const passes = isPalisadeError(error, "PAL_BUSY", "PAL_RATE_LIMITED", "PAL_SERVER_FAILED", "PAL_UNREACHABLE");
      if (!passes || signal?.aborted || Date.now() > deadline) throw error;
      await sleep(Math.random() * pause, undefined, signal ? { signal } : {}).catch(() => undefined);
      pause = Math.min(pause * 2, LIMITS.longestPause);
    }
  }
}
