import { parseArgs } from "node:util";
import { startBuiltPlane, withPlane } from "../reliability/testPlane.js";
import { classify } from "./caseClasses.js";
import { runThroughEngine } from "./engineTrials.js";
import { WorkerPool } from "./workerPool.js";
import { formatCase, formatFigures } from "./report.js";
import { type Case, computeSignature } from "./search.js";
import { runTrial } from "./trial.js";

/**
 * `npm run review-property [-- --seed N --cases N --engine-cases N]`: whenever live reach after an update is wider than before, `palisade review`
 * had not approved the change. Cases through the provider's hooks first, then some of them through the real engine. Prints the figures, and
 * every kind of case that does not hold as a program. Exit code 1 when an approved change widened.
 */
async function main(): Promise<number> {
  const { seed, cases, engineCases } = parseOptions();
  process.stdout.write(`seed ${seed}\n`);
  const lanes = new WorkerPool();
  try {
    const began = Date.now();
    const done = await lanes.runSeeds(
      Array.from({ length: cases }, (_, index) => seed + index),
      createProgress(cases),
    );
    process.stdout.write(
      `\nThrough the hooks, ${((1_000 * done.length) / (Date.now() - began)).toFixed(1)} cases a second\n${formatFigures(done)}`,
    );
    await reportCases(lanes, done);
    const viaEngine = engineCases === 0 ? [] : await runCasesThroughEngine(done, engineCases);
    return [...done, ...viaEngine].some((one) => one.class === "missed") ? 1 : 0;
  } finally {
    lanes.stop();
  }
}

function parseOptions(): { seed: number; cases: number; engineCases: number } {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, cases: { type: "string", default: "2000" }, "engine-cases": { type: "string", default: "64" } },
  });
  const whole = (name: string, text: string) => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} must be a whole number`);
    return number;
  };
  return {
    seed: whole("seed", values.seed ?? String(Math.floor(Math.random() * 1e9))),
    cases: whole("cases", values.cases),
    engineCases: whole("engine-cases", values["engine-cases"]),
  };
}

const createProgress = (all: number) => {
  let done = 0;
  return () => {
    done += 1;
    if (done % 100 === 0) process.stderr.write(`${done} of ${all}\n`);
  };
};

/** So many kinds of cases are shrunk and reported. */
const MOST_REPORTED = 12;

async function reportCases(lanes: WorkerPool, cases: readonly Case[]): Promise<void> {
  const kinds = new Map<string, Case>();
  for (const name of ["missed", "false alarm"])
    for (const one of cases) if (one.class === name && !kinds.has(computeSignature(one))) kinds.set(computeSignature(one), one);
  const told = [...kinds.values()].slice(0, MOST_REPORTED);
  const smaller = await lanes.shrink(told);
  const texts = new Map(smaller.map((one, index) => [computeSignature(one), formatCase(one, told[index]?.seed ?? 0)]));
  process.stdout.write([...texts.values()].map((text) => `\n${text}`).join(""));
}

/** Cases that the hooks have run to their end, those that widen first for a half. */
async function runCasesThroughEngine(cases: readonly Case[], count: number): Promise<Case[]> {
  const whole = cases.filter((one) => one.class !== "refused" && one.outcome.failure === undefined);
  const wide = whole.filter((one) => one.class === "seen" || one.class === "missed").slice(0, Math.ceil(count / 2));
  const chosen = [...wide, ...whole.filter((one) => !wide.includes(one)).slice(0, count - wide.length)];
  const began = Date.now();
  const done = await withPlane(startBuiltPlane, async ({ ready }) => {
    const outcomes = await runThroughEngine(
      chosen.map(({ outcome }) => outcome.trial),
      ready,
      (line) => process.stderr.write(`${line}\n`),
    );
    const classified: Case[] = [];
    for (const [index, outcome] of outcomes.entries())
      classified.push({ seed: chosen[index]?.seed ?? 0, ...(await classify(outcome, (trial) => runTrial(trial, ready))) });
    return classified;
  });
  process.stdout.write(`\nThrough the real engine, ${Math.round((Date.now() - began) / 1_000)} s\n${formatFigures(done)}`);
  const other = done.filter((one, index) => one.outcome.verdict !== chosen[index]?.outcome.verdict);
  process.stdout.write(`verdict as through the hooks: ${done.length - other.length} of ${done.length}\n`);
  for (const one of [...done.filter(({ class: name }) => name === "missed"), ...other])
    process.stdout.write(`\n${formatCase(one, one.seed)}`);
  return done;
}

void main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
