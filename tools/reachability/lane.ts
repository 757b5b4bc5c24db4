import { startBuilt, withPlane } from "../reliability/plane.js";
import type { Classified } from "./classes.js";
import { type Case, runSeed, shrink } from "./search.js";

/** A process with a plane of its own that runs one case after another for whoever started it. */

export type Order = { readonly seed: number } | { readonly shrink: Classified };
export type Answer = { readonly case: Case } | { readonly smaller: Classified } | { readonly failed: string };

async function answer(order: Order, ready: Parameters<typeof runSeed>[1]): Promise<Answer> {
  try {
    return "seed" in order ? { case: await runSeed(order.seed, ready) } : { smaller: await shrink(order.shrink, ready) };
  } catch (error) {
    return { failed: `${JSON.stringify(order)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

void withPlane(startBuilt, async ({ ready }) => {
  const gone = new Promise<void>((end) => process.once("disconnect", end));
  process.on("message", (order: Order) => {
    void answer(order, ready).then((told) => process.send?.(told));
  });
  process.send?.({ ready: true });
  await gone;
});
