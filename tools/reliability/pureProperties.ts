import fc from "fast-check";
import { check } from "../../provider/engine/check.js";
import type { Bag, Resource } from "../../provider/engine/define.js";
import { changes } from "../../provider/engine/fields.js";
import { project } from "../../provider/engine/project.js";
import { plain } from "../../provider/engine/show.js";
import { catalogue } from "../../provider/resources/index.js";
import { EDITS, identity } from "./generators.js";
import { API_KINDS, type ApiKind, STRONG } from "./programs.js";
import { respell } from "./respell.js";
import { equal } from "./up.js";

/** What holds for every program of every resource without a network. */

export interface Property {
  title: string;
  run: (cases: { numRuns: number; seed?: number }) => Promise<fc.RunDetails<unknown>>;
}

interface Case {
  kind: ApiKind;
  program: Bag;
  other: Bag;
}

const PLACE = { orgId: "org-quiet-lake-12345678", projectId: "quiet-lake-12345678", branchId: "br-dry-sun-12345678" };

export const sliceOf = (kind: ApiKind): Resource => catalogue[kind];

const cases: fc.Arbitrary<Case> = fc.constantFrom(...API_KINDS).chain((kind) => {
  const base = identity(kind, { ...STRONG[kind](PLACE), managedBy: "urn:case" });
  return fc.record({ kind: fc.constant(kind), program: EDITS[kind], other: EDITS[kind] }).map(({ program, other }) => ({
    kind,
    program: { ...base, ...program },
    other: { ...base, ...other },
  }));
});

const property = (title: string, holds: (given: Case) => void): Property => ({
  title,
  run: (bounds) => Promise.resolve(fc.check(fc.property(cases, holds) as fc.IProperty<unknown>, bounds)),
});

/** As the engine checks, over what it has recorded. @throws when the program is refused */
export function checkedInputs(kind: ApiKind, olds: Bag, program: Bag): Bag {
  const { inputs, failures } = check(sliceOf(kind), olds, program);
  if (failures.length > 0) throw new Error(failures.map((failure) => `${failure.property} ${failure.reason}`).join("; "));
  return plain(inputs);
}

export function mustEqual(what: string, actual: unknown, wanted: unknown): void {
  if (!equal(actual, wanted)) throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`);
}

export const PURE_PROPERTIES: readonly Property[] = [
  property("a checked program checked again is the same text", ({ kind, program }) => {
    const inputs = checkedInputs(kind, {}, program);
    mustEqual("the inputs", checkedInputs(kind, inputs, inputs), inputs);
  }),
  property("the same program in other words keeps the recorded text and changes nothing", ({ kind, program }) => {
    const { inputs: schema } = sliceOf(kind);
    const inputs = checkedInputs(kind, {}, program);
    const respelled = respell(schema, program);
    mustEqual("the inputs", checkedInputs(kind, inputs, respelled), inputs);
    mustEqual("the changes", paths(changes(schema, inputs, checkedInputs(kind, {}, respelled))), []);
  }),
  property("what changes is found in other words too", ({ kind, program, other }) => {
    const { inputs: schema } = sliceOf(kind);
    const [before, after] = [checkedInputs(kind, {}, program), checkedInputs(kind, {}, other)];
    const changed = paths(changes(schema, before, after));
    mustEqual("the changes", paths(changes(schema, before, checkedInputs(kind, {}, respell(schema, other)))), changed);
  }),
  property("a refresh of what is as it was recorded shows what was recorded", ({ kind, program }) => {
    const { inputs: schema } = sliceOf(kind);
    const inputs = checkedInputs(kind, {}, program);
    const { managedBy: _, ...declared } = inputs;
    mustEqual("the refresh", project(schema, respell(schema, inputs), inputs), declared);
  }),
];

const paths = (found: ReturnType<typeof changes>): string[] => found.map(({ path }) => path);
