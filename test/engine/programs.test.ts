import type { Kind } from "../../provider/resources/index.js";
import { withTestProject } from "../../tools/programs/testProject.js";
import { type Form, FORMS } from "../../tools/programs/forms.js";
import { type Cell, runProgramMatrix } from "../../tools/programs/programMatrix.js";
import { SHAPES } from "../../tools/programs/shapes.js";
import { withPlane } from "../../tools/reliability/testPlane.js";
import { start } from "../reliability/start.js";

/** The part of `npm run programs` whose kinds have no object of their own, or one whose name only one may hold. */
const KINDS: readonly Kind[] = ["Database", "IpAllowlist", "IpAllowlistEntry"];

describe("kinds in every shape of program", () => {
  let cells: Cell[];

  beforeAll(async () => {
    cells = await runProgramMatrix(start, KINDS, SHAPES);
  }, 300_000);

  test.each(SHAPES)("what the program declares is so, or is refused by its sentence: %s", (shape) => {
    const tried = cells.filter((cell) => cell.shape === shape);
    expect(tried.map(({ kind }) => kind).sort()).toEqual([...KINDS].sort());
    expect(tried.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
  });
});

/** Those that rest on what is ours alone: the package's manifest, the names in the state, the options that are refused. */
test.each<[Form, string]>([
  ["moduleResolution node10", "ok"],
  ["provider and providers", "PAL_EXPLICIT_PROVIDER"],
  ["state move", "ok"],
])(
  "a program in the form %s: %s",
  async (name, says) => {
    expect(await withPlane(start, ({ ready }) => withTestProject(ready, FORMS[name]))).toBe(says);
  },
  180_000,
);
