import { startBuiltPlane, withPlane } from "../reliability/testPlane.js";
import { withTestProject } from "./testProject.js";
import { type Form, FORMS } from "./forms.js";
import { type Cell, KINDS, runProgramMatrix } from "./programMatrix.js";
import { type Shape, SHAPES } from "./shapes.js";

/**
 * `npm run programs [-- <kind, shape or form>...]`: every kind in every shape of program under the real Pulumi CLI, as a table; then every form
 * in which programs are written and kept. Fails when a cell is not as it must be.
 */

/** A cell of either table. */
interface CellResult {
  title: string;
  wrong?: string | undefined;
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const named = <T extends string>(all: readonly T[]): readonly T[] => all.filter((one) => words.includes(one));
  const chosen = <T extends string>(all: readonly T[]): readonly T[] => (named(all).length > 0 ? named(all) : all);
  const forms = Object.keys(FORMS) as Form[];
  const [withCells, withForms] = [[...KINDS, ...SHAPES], forms].map(
    (all: readonly string[]) => words.length === 0 || named(all).length > 0,
  );
  const tried: CellResult[] = [];
  if (withCells) tried.push(...(await tryCells(chosen(KINDS), chosen(SHAPES))));
  if (withForms) tried.push(...(await tryForms(chosen(forms))));
  const wrong = tried.filter((cell) => cell.wrong !== undefined);
  for (const cell of wrong) process.stdout.write(`${cell.title}: ${cell.wrong ?? ""}\n`);
  process.stdout.write(`${tried.length} cells, ${wrong.length} wrong\n`);
  if (wrong.length > 0) process.exitCode = 1;
}

async function tryCells(kinds: typeof KINDS, shapes: readonly Shape[]): Promise<CellResult[]> {
  // Grants are SQL to a real Postgres; what needs none is faster by itself.
  const groups = [kinds.filter((kind) => kind !== "RoleGrants"), kinds.filter((kind) => kind === "RoleGrants")];
  const cells: Cell[] = [];
  for (const group of groups) if (group.length > 0) cells.push(...(await runProgramMatrix(startBuiltPlane, group, shapes)));
  const summary = (kind: string, shape: string) =>
    cells.find((cell) => cell.kind === kind && cell.shape === shape)?.summary ?? "not reached";
  print([["kind", ...shapes], ...kinds.map((kind) => [kind, ...shapes.map((shape) => summary(kind, shape))])]);
  return cells;
}

async function tryForms(names: readonly Form[]): Promise<CellResult[]> {
  const tried: (CellResult & { summary: string })[] = [];
  for (const title of names) {
    const run = withPlane(startBuiltPlane, ({ ready }) => withTestProject(ready, FORMS[title]));
    tried.push(
      await run.then(
        (summary) => ({ title, summary }),
        (error: unknown) => ({ title, summary: "WRONG", wrong: String(error) }),
      ),
    );
  }
  print([["form", "result"], ...tried.map(({ title, summary }) => [title, summary])]);
  return tried;
}

/** A table, its columns as wide as they must be. */
function print(rows: readonly (readonly string[])[]): void {
  const widths = rows.reduce<number[]>((known, row) => row.map((text, column) => Math.max(known[column] ?? 0, text.length)), []);
  for (const row of rows) {
    const line = row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  ");
    process.stdout.write(`${line.trimEnd()}\n`);
  }
}

void main();
