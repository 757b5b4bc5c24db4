import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../../clock.js";
import type { Timers } from "./exporter.js";

/** How often it is looked whether the plane's clock was moved forward; milliseconds. */
const LOOK_MS = 1_000;

/** Waits by the plane's clock, which tests move. */
export const createTimers = (clock: Pick<Clock, "now">): Timers => ({
  now: () => clock.now(),
  async wait(ms, signal) {
    const end = clock.now() + ms;
    for (let left = ms; left > 0 && !signal.aborted; left = end - clock.now())
      // Ends early with the signal, which is no error.
      await pause(Math.min(left, LOOK_MS), undefined, { signal, ref: false }).catch(() => undefined);
  },
});
