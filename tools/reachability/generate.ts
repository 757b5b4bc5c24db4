import fc from "fast-check";
import { type Edit, edited, EDIT } from "./edits.js";
import { adopts, childOf, CHILD, projectOf, PROJECT } from "./declarations.js";
import type { Program } from "./program.js";
import type { Trial } from "./trial.js";
import { STRANGERS_ENDPOINTS } from "./world.js";

/** Names of the projects that a first program may have. */
const PROJECTS = ["shop", "second"] as const;

const first: fc.Arbitrary<Program> = fc
  .record({ projects: fc.array(PROJECT, { maxLength: PROJECTS.length }), children: fc.array(CHILD, { maxLength: 5 }) })
  .map(({ projects, children }) =>
    children.reduce<Program>(
      // Nothing can be taken over yet.
      (program, child, index) => (adopts(program, child) ? program : childOf(program, child, `r${index}`)),
      projects.map((project, index) => projectOf(PROJECTS[index] as string, project)),
    ),
  );

const edits = (minLength: number, maxLength: number): fc.Arbitrary<Edit[]> => fc.array(EDIT, { minLength, maxLength });

/** Every trial, smaller ones first when it is made smaller. */
export const TRIAL: fc.Arbitrary<Trial> = fc
  .record({
    ...{ start: first, earlier: edits(0, 2), change: edits(1, 3), order: fc.integer({ min: 0, max: 2 ** 31 - 1 }) },
    strangers: fc.record({
      // The first one is there always: restrictions speak of it.
      endpoints: fc.constantFrom(
        ...Array.from({ length: STRANGERS_ENDPOINTS }, (_, more) => Array.from({ length: more + 1 }, (__, index) => index)),
      ),
      branches: fc.array(fc.record({ project: fc.constantFrom(...PROJECTS), protected: fc.boolean() }), { maxLength: 2 }),
      outsideProtected: fc.boolean(),
    }),
  })
  .map(({ start, earlier, change, order, strangers }) => {
    const before = earlier.reduce((program, edit, index) => edited(program, edit, `e${index}`), start);
    const history = start.length === 0 && before.length === 0 ? [] : earlier.length === 0 ? [start] : [start, before];
    return { history, after: change.reduce((program, edit, index) => edited(program, edit, `c${index}`), before), order, strangers };
  });
