import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import type { Cell } from "./crashCell.js";
import { type CliCell, runCliCells } from "./cliCells.js";
import { runCrashMatrix } from "./matrix.js";
import { renderReliabilityPage } from "./reliabilityPage.js";
import { startBuiltPlane } from "./testPlane.js";

/** `npm run crash-matrix`: runs every cell, rewrites docs/reliability.md, and fails when one is not as it must be. */

/** Most cells wait most of the time. */
const LANES = 8;

async function main(): Promise<void> {
  const cells = await runCrashMatrix({ start: startBuiltPlane, planes: LANES, choose: (all) => all, done: reportFaults });
  const killedCells = await runCliCells(startBuiltPlane);
  for (const { kind, wrong } of killedCells) for (const what of wrong) process.stdout.write(`${kind}, provider killed: ${what}\n`);
  const page = renderReliabilityPage(cells, killedCells);
  process.stdout.write(page.table);
  const all: (Cell | CliCell)[] = [...cells, ...killedCells];
  const sum = (of: "duplicates" | "lost") => all.reduce((total, cell) => total + cell[of], 0);
  const bad = all.filter(({ duplicates, lost, wrong }) => duplicates + lost + wrong.length > 0);
  if (bad.length === 0) writeFileSync(join(findPackageRoot(__dirname), "docs", "reliability.md"), page.text);
  else process.exitCode = 1;
  process.stdout.write(`${all.length} cells, ${sum("duplicates")} duplicates, ${sum("lost")} lost\n`);
}

function reportFaults({ target, fault, wrong }: Cell): void {
  for (const what of wrong) process.stdout.write(`${target.scenario.title}, ${target.route}, ${fault}: ${what}\n`);
}

void main();
