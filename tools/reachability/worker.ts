import { startBuiltPlane, withPlane } from "../reliability/testPlane.js";
import type { ClassifiedOutcome } from "./caseClasses.js";
import { type Case, runSeed, shrink } from "./search.js";

/** A worker process with a plane of its own: runs one case after another for its parent. */

export type Job = { readonly seed: number } | { readonly shrink: ClassifiedOutcome };
export type JobResult = { readonly case: Case } | { readonly smaller: ClassifiedOutcome } | { readonly failed: string };

async function runJob(order: Job, ready: Parameters<typeof runSeed>[1]): Promise<JobResult> {
  try {
    return "seed" in order ? { case: await runSeed(order.seed, ready) } : { smaller: await shrink(order.shrink, ready) };
  } catch (error) {
    return { failed: `${JSON.stringify(order)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
  }
}

void withPlane(startBuiltPlane, async ({ ready }) => {
  const gone = new Promise<void>((end) => process.once("disconnect", end));
  process.on("message", (order: Job) => {
    void runJob(order, ready).then((result) => process.send?.(result));
  });
  process.send?.({ ready: true });
  await gone;
});
