import * as sdk from "@palisade/neon";
import { type Lifecycle, runLifecycles, STEPS } from "../../tools/reliability/lifecycleRun.js";
import { start } from "../reliability/start.js";

/** What `npm run lifecycles` prints. */
let all: Lifecycle[];

beforeAll(async () => {
  all = await runLifecycles(start);
}, 300_000);

/** It speaks to a vault alone, and lives beside one in test/engine/customerKeys.test.ts. */
const APART: readonly string[] = ["KeyVaultRotationPolicy", "TemporaryAccess"];

const classes = Object.entries(sdk).flatMap(([name, value]) =>
  typeof value === "function" && value.prototype instanceof sdk.NeonResource && !APART.includes(name) ? [name] : [],
);

test("every class of the package has a life of its own", () => {
  expect(new Set(all.map(({ className }) => className))).toEqual(new Set(classes));
});

test.each(classes)("%s is made, changed, refreshed without a difference, adopted without a call and deleted as designed", (name) => {
  for (const { title, steps } of all.filter(({ className }) => className === name))
    for (const step of STEPS) expect([title, step, steps[step]]).toEqual([title, step, expect.objectContaining({ good: true })]);
});
