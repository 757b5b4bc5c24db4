import { type Life, lives, STEPS, type Verdict } from "./lives.js";
import { startBuilt } from "./plane.js";

/** `npm run lifecycles`: every class under the real Pulumi CLI, as a table; fails when one does not live as it must. */

async function main(): Promise<void> {
  const all = await lives(startBuilt);
  const rows = [["class", ...STEPS], ...all.map((life) => [life.title, ...STEPS.map((step) => cell(life.steps[step]))])];
  const widths = rows.reduce<number[]>((known, row) => row.map((text, column) => Math.max(known[column] ?? 0, text.length)), []);
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  for (const { title, step, says } of all.flatMap(complaints)) process.stdout.write(`${title}, ${step}: ${says}\n`);
  const failed = new Set(all.filter((life) => complaints(life).length > 0).map(({ className }) => className)).size;
  if (failed > 0) process.exitCode = 1;
  process.stdout.write(`${new Set(all.map(({ className }) => className)).size} classes, ${failed} failed\n`);
}

const complaints = ({ title, steps }: Life) =>
  STEPS.flatMap((step) => (steps[step]?.good ? [] : [{ title, step, says: steps[step]?.says ?? "not reached" }]));

/** A complaint is told whole below the table. */
const cell = (verdict: Verdict | undefined): string => (verdict?.good ? verdict.says : "FAILED");

void main();
