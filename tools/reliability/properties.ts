import { createPlaneProperties } from "./planeProperties.js";
import { startBuiltPlane, withPlane } from "./testPlane.js";
import { PURE_PROPERTIES, type Property } from "./pureProperties.js";
import { SiteFactory } from "./site.js";

/**
 * `npm run properties`: prints how many cases each property has held for, and the seed and a case of one that has not. Those that need a
 * plane get fewer cases; `npm run properties:nightly` takes hours and gives them as many.
 */

const PURE_CASES = 10_000;
const PLANE_CASES = 100;

async function main(): Promise<void> {
  const bound = process.env["PALISADE_CASES"];
  const cases = bound === undefined ? undefined : Number(bound);
  if (cases !== undefined && !(Number.isInteger(cases) && cases > 0)) throw new Error("PALISADE_CASES must be a whole number above 0");
  for (const property of PURE_PROPERTIES) await report(property, PURE_CASES);
  await withPlane(startBuiltPlane, async ({ ready }) => {
    for (const property of createPlaneProperties(new SiteFactory(ready))) await report(property, cases ?? PLANE_CASES);
  });
}

async function report({ title, run }: Property, numRuns: number): Promise<void> {
  const { failed, numRuns: done, seed, counterexample, errorInstance } = await run({ numRuns });
  process.stdout.write(`${String(done).padStart(6)} cases  ${title}\n`);
  if (!failed) return;
  process.exitCode = 1;
  process.stdout.write(`  FAILED, seed ${seed}: ${JSON.stringify(counterexample)}\n  ${String(errorInstance)}\n`);
}

void main();
