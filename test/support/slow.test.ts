import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Test } from "@jest/test-result";
import SLOW from "./slow.json";

/** The list that orders a run of all tests and says what `npm run test:fast` leaves out. */
const TESTS = resolve(__dirname, "..");
const files = (readdirSync(TESTS, { recursive: true }) as string[]).filter((name) => name.endsWith(".test.ts"));
const nameOf = (file: string): string => file.replace(/\.test\.ts$/, "");

it("lists files that are there, the longest first", () => {
  expect(Object.keys(SLOW).filter((name) => !files.map(nameOf).includes(name))).toEqual([]);
  const seconds = Object.values(SLOW);
  expect(seconds).toEqual([...seconds].sort((one, other) => other - one));
});

it("lists every file that runs the Pulumi CLI or starts Postgres by itself", () => {
  const starts = (file: string): boolean =>
    file.startsWith("engine/") || /computes: "postgres"|Clusters\.open\(/.test(readFileSync(join(TESTS, file), "utf8"));
  const missing = files.filter((file) => file !== "support/slow.test.ts" && starts(file) && !(nameOf(file) in SLOW));
  expect(missing).toEqual([]);
});

it("a fresh clone begins with the longest file, and what is listed is left out of the fast tests", async () => {
  const load = createRequire(__filename);
  const Sequencer = load("./sequencer.cjs") as new (options: object) => { sort(tests: Test[]): Test[] };
  const filter = load("./quick.cjs") as (paths: string[]) => Promise<{ filtered: string[] }>;
  const path = (name: string) => join(TESTS, `${name}.test.ts`);
  const [longest = "", second = ""] = Object.keys(SLOW);
  const context = { config: { cache: false }, hasteFS: { getSize: () => 1 } };
  const tests = ["once", second, longest].map((name) => ({ path: path(name), context })) as unknown as Test[];
  const sorted = new Sequencer({ contexts: [], globalConfig: {} }).sort(tests);
  expect(sorted.map((one) => one.path)).toEqual([longest, second, "once"].map(path));
  expect(await filter([longest, "once"].map(path))).toEqual({ filtered: [path("once")] });
});
