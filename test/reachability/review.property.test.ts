import { withPlane } from "../../tools/reliability/testPlane.js";
import { formatCase, MOST_FALSE_ALARMS, computeFalseAlarmShare, filterPrivatelyWidened } from "../../tools/reachability/report.js";
import { type Case, runSeed } from "../../tools/reachability/search.js";
import { start } from "../reliability/start.js";

/** A few cases; many run as `npm run review-property`. */
const SEED = 20_261_129;
const CASES = 160;
/** A case waits for operations most of the time. */
const PLANES = 4;

test("no change is approved whose update lets anybody in who was not, loses protection, or is open for a moment", async () => {
  const seeds = Array.from({ length: CASES }, (_, index) => SEED + index).values();
  const cases: Case[] = [];
  const run = () =>
    withPlane(start, async ({ ready }) => {
      for (const seed of seeds) cases.push(await runSeed(seed, ready));
    });
  await Promise.all(Array.from({ length: PLANES }, run));
  const of = (name: Case["class"]) => cases.filter((one) => one.class === name);
  const texts = (name: Case["class"]) => of(name).map((one) => formatCase(one, one.seed));
  expect(texts("missed")).toEqual([]);
  expect(computeFalseAlarmShare(cases) < MOST_FALSE_ALARMS ? [] : texts("false alarm")).toEqual([]);
  // What never widens would prove nothing.
  expect(of("seen").length).toBeGreaterThan(CASES / 10);
  expect(filterPrivatelyWidened(cases).length).toBeGreaterThan(CASES / 80);
  expect(of("approved").length).toBeGreaterThan(CASES / 4);
}, 600_000);
