import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../cli/pulumi/packageRoot.js";
import type { Cell } from "./cell.js";
import { type CliCell, cliCells } from "./cliCells.js";
import { matrix } from "./matrix.js";
import { reliabilityPage } from "./page.js";
import { startBuilt } from "./plane.js";

/** `npm run crash-matrix`: runs every cell, rewrites docs/reliability.md, and fails when one is not as it must be. */

/** Most cells wait most of the time. */
const LANES = 8;

async function main(): Promise<void> {
  const cells = await matrix({ start: startBuilt, lanes: LANES, choose: (all) => all, done: complain });
  const killed = await cliCells(startBuilt);
  for (const { kind, wrong } of killed) for (const what of wrong) process.stdout.write(`${kind}, provider killed: ${what}\n`);
  const page = reliabilityPage(cells, killed);
  process.stdout.write(page.table);
  const all: (Cell | CliCell)[] = [...cells, ...killed];
  const sum = (of: "duplicates" | "lost") => all.reduce((total, cell) => total + cell[of], 0);
  const bad = all.filter(({ duplicates, lost, wrong }) => duplicates + lost + wrong.length > 0);
  if (bad.length === 0) writeFileSync(join(packageRoot(__dirname), "docs", "reliability.md"), page.text);
  else process.exitCode = 1;
  process.stdout.write(`${all.length} cells, ${sum("duplicates")} duplicates, ${sum("lost")} lost\n`);
}

function complain({ target, fault, wrong }: Cell): void {
  for (const what of wrong) process.stdout.write(`${target.scenario.title}, ${target.route}, ${fault}: ${what}\n`);
}

void main();
