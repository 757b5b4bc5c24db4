import { createPlaneProperties } from "../../../tools/reliability/planeProperties.js";
import { withPlane } from "../../../tools/reliability/testPlane.js";
import { PURE_PROPERTIES, type Property } from "../../../tools/reliability/pureProperties.js";
import { SiteFactory } from "../../../tools/reliability/site.js";
import { start } from "../../reliability/start.js";

/** A few cases of each; many run as `npm run properties`. */
const SEED = 20_261_125;

async function hold({ run }: Property, numRuns: number): Promise<void> {
  const { failed, counterexample, seed, errorInstance } = await run({ numRuns, seed: SEED });
  expect(failed ? { seed, counterexample, why: String(errorInstance) } : "holds").toBe("holds");
}

test.each(PURE_PROPERTIES.map((property) => [property.title, property] as const))("%s", (_title, property) => hold(property, 500));

test("on a plane: applied twice, refreshed, said in other words, adopted, added to, and edited one after another", async () => {
  await withPlane(start, async ({ ready }) => {
    const properties = createPlaneProperties(new SiteFactory(ready));
    expect(properties).toHaveLength(6);
    for (const property of properties) await hold(property, 10);
  });
}, 60_000);
