import { parseArgs } from "node:util";
import { type Detector, judgeMonth, tryAttacks } from "./evaluate.js";

/** Alarms (medium, high) that a normal month may have. */
const MOST_ALARMS = 1;

/**
 * `npm run anomalies`: the rules of the plane's audit over normal months, and over attacks in the midst of one. Prints the false alarms of each month
 * and whether each attack was found; fails when a month has more than one, or an attack was missed. `--seeds 20` months, `--verbose` prints what was said.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seeds: { type: "string", default: "20" }, verbose: { type: "boolean", default: false } } });
  const create = await loadBuiltDetector();
  const seeds = Number(values.seeds);
  if (!Number.isSafeInteger(seeds) || seeds < 1) throw new Error("--seeds is not a number of months");
  const months = Array.from({ length: seeds }, (_, at) => judgeMonth(at + 1, create()));
  for (const { seed, rows, alarms, notes } of months) {
    console.log(`month ${seed}: ${rows} rows, ${alarms.length} false alarms, ${notes.length} notes`);
    for (const { rule, severity, summary } of values.verbose ? [...alarms, ...notes] : alarms)
      console.log(`  ${severity} ${rule}: ${summary}`);
  }
  const attacks = tryAttacks(1, create);
  for (const { script, isFound } of attacks)
    console.log(`${isFound ? "found " : "MISSED"} ${script.name} (${script.rule}, ${script.least} or more)`);
  const noisy = months.filter(({ alarms }) => alarms.length > MOST_ALARMS).length;
  const missed = attacks.filter(({ isFound }) => !isFound).length;
  const total = months.reduce((sum, { alarms }) => sum + alarms.length, 0);
  console.log(
    `${seeds} months: ${total} false alarms, ${noisy} months with more than ${MOST_ALARMS}; ${attacks.length} attacks, ${missed} missed`,
  );
  process.exitCode = noisy + missed === 0 ? 0 : 1;
}

async function loadBuiltDetector(): Promise<() => Detector> {
  // By a name the compiler does not follow: the plane is a package of its own.
  const built = "@palisade/control-plane/dist/audit/anomalies/detector.js";
  const { AnomalyDetector } = (await import(built)) as { AnomalyDetector: new () => Detector };
  return () => new AnomalyDetector();
}

void main();
