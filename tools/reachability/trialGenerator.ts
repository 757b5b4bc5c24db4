import fc from "fast-check";
import { type Edit, applyEdit, EDIT } from "./edits.js";
import { needsAdoption, addChild, CHILD, buildProject, PROJECT } from "./declarations.js";
import type { Program } from "./program.js";
import type { Trial } from "./trial.js";
import { UNDECLARED_ENDPOINTS } from "./trialEnvironment.js";

/** Names of the projects that a first program may have. */
const PROJECTS = ["shop", "second"] as const;

const first: fc.Arbitrary<Program> = fc
  .record({ projects: fc.array(PROJECT, { maxLength: PROJECTS.length }), children: fc.array(CHILD, { maxLength: 5 }) })
  .map(({ projects, children }) =>
    children.reduce<Program>(
      // Nothing can be taken over yet.
      (program, child, index) => (needsAdoption(program, child) ? program : addChild(program, child, `r${index}`)),
      projects.map((project, index) => buildProject(PROJECTS[index] as string, project)),
    ),
  );

const generateEdits = (minLength: number, maxLength: number): fc.Arbitrary<Edit[]> => fc.array(EDIT, { minLength, maxLength });

/** Every trial, smaller ones first when it is made smaller. */
export const TRIAL: fc.Arbitrary<Trial> = fc
  .record({
    start: first,
    earlier: generateEdits(0, 2),
    change: generateEdits(1, 3),
    order: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    undeclared: fc.record({
      // The first one is there always: restrictions speak of it.
      endpoints: fc.constantFrom(
        ...Array.from({ length: UNDECLARED_ENDPOINTS }, (_, more) => Array.from({ length: more + 1 }, (__, index) => index)),
      ),
      branches: fc.array(fc.record({ project: fc.constantFrom(...PROJECTS), protected: fc.boolean() }), { maxLength: 2 }),
      outsideProtected: fc.boolean(),
    }),
  })
  .map(({ start, earlier, change, order, undeclared }) => {
    const before = earlier.reduce((program, edit, index) => applyEdit(program, edit, `e${index}`), start);
    const history = start.length === 0 && before.length === 0 ? [] : earlier.length === 0 ? [start] : [start, before];
    return { history, after: change.reduce((program, edit, index) => applyEdit(program, edit, `c${index}`), before), order, undeclared };
  });
