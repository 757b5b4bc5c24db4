import type { Kind } from "../../provider/resources/index.js";
import { type Cell, programs } from "../../tools/programs/matrix.js";
import { SHAPES } from "../../tools/programs/shapes.js";
import { start } from "../reliability/start.js";

/** The part of `npm run programs` whose kinds have no object of their own, or one whose name only one may hold. */
const KINDS: readonly Kind[] = ["Database", "IpAllowlist", "IpAllowlistEntry"];

let cells: Cell[];

beforeAll(async () => {
  cells = await programs(start, KINDS, SHAPES);
}, 300_000);

test.each(SHAPES)("what the program declares is so, or is refused by its sentence: %s", (shape) => {
  const tried = cells.filter((cell) => cell.shape === shape);
  expect(tried.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
  expect(tried.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
});
