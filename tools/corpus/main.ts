import { CATEGORIES, listFailures, type JudgedChange, judgeCorpus, VERDICTS } from "./judgeCorpus.js";

/** `npm run corpus`: every labelled change judged, as tables; every miss by name. */
async function main(): Promise<number> {
  const all = await judgeCorpus();
  const failed = listFailures(all);
  const count = (holds: (one: JudgedChange) => boolean) => String(all.filter(holds).length).padStart(5);
  const lines = [
    "category       right wrong",
    ...CATEGORIES.map((category) => {
      const of = (isRight: boolean) =>
        count(({ change, mismatches: misses }) => change.category === category && (misses.length === 0) === isRight);
      return `${category.padEnd(14)} ${of(true)} ${of(false)}`;
    }),
    "",
    `labelled \\ judged ${VERDICTS.map((verdict) => verdict.padStart(12)).join("")}`,
    ...VERDICTS.map(
      (labelled) =>
        labelled.padEnd(18) +
        VERDICTS.map((verdict) => count((one) => one.change.verdict === labelled && one.verdict === verdict).padStart(12)).join(""),
    ),
    "",
    ...all.flatMap(({ change, mismatches: misses }) => misses.map((miss) => `${change.category}: ${change.name}: ${miss}`)),
    `${all.length} changes, ${all.filter(({ mismatches: misses }) => misses.length > 0).length} wrong`,
    ...failed,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return failed.length === 0 ? 0 : 1;
}

void main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
