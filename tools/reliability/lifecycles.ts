import { type Lifecycle, runLifecycles, STEPS, type Verdict } from "./lifecycleRun.js";
import { startBuiltPlane } from "./testPlane.js";

/** `npm run lifecycles`: every class under the real Pulumi CLI, as a table; fails when one has another result than it must. */

async function main(): Promise<void> {
  const all = await runLifecycles(startBuiltPlane);
  const rows = [
    ["class", ...STEPS],
    ...all.map((lifecycle) => [lifecycle.title, ...STEPS.map((step) => formatCell(lifecycle.steps[step]))]),
  ];
  const widths = rows.reduce<number[]>((known, row) => row.map((text, column) => Math.max(known[column] ?? 0, text.length)), []);
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  for (const { title, step, summary } of all.flatMap(listComplaints)) process.stdout.write(`${title}, ${step}: ${summary}\n`);
  const failed = new Set(all.filter((lifecycle) => listComplaints(lifecycle).length > 0).map(({ className }) => className)).size;
  if (failed > 0) process.exitCode = 1;
  process.stdout.write(`${new Set(all.map(({ className }) => className)).size} classes, ${failed} failed\n`);
}

const listComplaints = ({ title, steps }: Lifecycle) =>
  STEPS.flatMap((step) => (steps[step]?.good ? [] : [{ title, step, summary: steps[step]?.summary ?? "not reached" }]));

/** The full message is printed below the table. */
const formatCell = (verdict: Verdict | undefined): string => (verdict?.good ? verdict.summary : "FAILED");

void main();
