import { startBuilt } from "../reliability/plane.js";
import { type Cell, KINDS, programs } from "./matrix.js";
import { SHAPES } from "./shapes.js";

/** `npm run programs [-- <kind or shape>...]`: every kind in every shape of program under the real Pulumi CLI, as a table; fails when a cell is not as it must be. */

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const chosen = <T extends string>(all: readonly T[]): readonly T[] => {
    const some = all.filter((one) => words.includes(one));
    return some.length > 0 ? some : all;
  };
  const [kinds, shapes] = [chosen(KINDS), chosen(SHAPES)];
  // Grants are SQL to a real Postgres; what needs none is faster by itself.
  const groups = [kinds.filter((kind) => kind !== "RoleGrants"), kinds.filter((kind) => kind === "RoleGrants")];
  const cells: Cell[] = [];
  for (const group of groups) if (group.length > 0) cells.push(...(await programs(startBuilt, group, shapes)));
  const of = (kind: string, shape: string): Cell | undefined => cells.find((cell) => cell.kind === kind && cell.shape === shape);
  const rows = [["kind", ...shapes], ...kinds.map((kind) => [kind, ...shapes.map((shape) => of(kind, shape)?.says ?? "not reached")])];
  const widths = rows.reduce<number[]>((known, row) => row.map((text, column) => Math.max(known[column] ?? 0, text.length)), []);
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  const wrong = cells.filter((cell) => cell.wrong !== undefined);
  for (const { title, wrong: what } of wrong) process.stdout.write(`${title}: ${what ?? ""}\n`);
  process.stdout.write(`${cells.length} cells, ${wrong.length} wrong\n`);
  if (wrong.length > 0) process.exitCode = 1;
}

void main();
