import fc from "fast-check";
import { check } from "../../provider/engine/check.js";
import type { Properties, Resource } from "../../provider/engine/define.js";
import { computeChanges } from "../../provider/engine/fields.js";
import { projectLiveInputs } from "../../provider/engine/projectLiveInputs.js";
import { toPlainJson } from "../../provider/engine/sanitize.js";
import { catalogue } from "../../provider/resources/index.js";
import { EDITS, selectIdentityInputs } from "./editGenerators.js";
import { API_KINDS, type ApiKind, STRONG } from "./resourcePrograms.js";
import { respell } from "./respell.js";
import { isEqual } from "./pulumiUp.js";

/** What holds for every program of every resource without a network. */

export interface Property {
  title: string;
  run: (cases: { numRuns: number; seed?: number }) => Promise<fc.RunDetails<unknown>>;
}

interface Case {
  kind: ApiKind;
  program: Properties;
  other: Properties;
}

const PLACE = { orgId: "org-quiet-lake-12345678", projectId: "quiet-lake-12345678", branchId: "br-dry-sun-12345678" };

export const getResource = (kind: ApiKind): Resource => catalogue[kind];

const cases: fc.Arbitrary<Case> = fc.constantFrom(...API_KINDS).chain((kind) => {
  const base = selectIdentityInputs(kind, { ...STRONG[kind](PLACE), managedBy: "urn:case" });
  return fc.record({ kind: fc.constant(kind), program: EDITS[kind], other: EDITS[kind] }).map(({ program, other }) => ({
    kind,
    program: { ...base, ...program },
    other: { ...base, ...other },
  }));
});

const defineProperty = (title: string, holds: (given: Case) => void): Property => ({
  title,
  run: (bounds) => Promise.resolve(fc.check(fc.property(cases, holds) as fc.IProperty<unknown>, bounds)),
});

/** As the engine checks, over what it has recorded. @throws when the program is refused */
export function checkInputs(kind: ApiKind, olds: Properties, program: Properties): Properties {
  const { inputs, failures } = check(getResource(kind), olds, program);
  if (failures.length > 0) throw new Error(failures.map((failure) => `${failure.property} ${failure.reason}`).join("; "));
  return toPlainJson(inputs);
}

export function assertEqual(what: string, actual: unknown, wanted: unknown): void {
  if (!isEqual(actual, wanted)) throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`);
}

export const PURE_PROPERTIES: readonly Property[] = [
  defineProperty("a checked program checked again is the same text", ({ kind, program }) => {
    const inputs = checkInputs(kind, {}, program);
    assertEqual("the inputs", checkInputs(kind, inputs, inputs), inputs);
  }),
  defineProperty("the same program in other words keeps the recorded text and changes nothing", ({ kind, program }) => {
    const { inputs: schema } = getResource(kind);
    const inputs = checkInputs(kind, {}, program);
    const respelled = respell(schema, program);
    assertEqual("the inputs", checkInputs(kind, inputs, respelled), inputs);
    assertEqual("the changes", listPaths(computeChanges(schema, inputs, checkInputs(kind, {}, respelled))), []);
  }),
  defineProperty("what changes is found in other words too", ({ kind, program, other }) => {
    const { inputs: schema } = getResource(kind);
    const [before, after] = [checkInputs(kind, {}, program), checkInputs(kind, {}, other)];
    const changed = listPaths(computeChanges(schema, before, after));
    assertEqual("the changes", listPaths(computeChanges(schema, before, checkInputs(kind, {}, respell(schema, other)))), changed);
  }),
  defineProperty("a refresh of what is as it was recorded shows what was recorded", ({ kind, program }) => {
    const { inputs: schema } = getResource(kind);
    const inputs = checkInputs(kind, {}, program);
    const { managedBy: _, ...declared } = inputs;
    assertEqual("the refresh", projectLiveInputs(schema, respell(schema, inputs), inputs), declared);
  }),
];

const listPaths = (found: ReturnType<typeof computeChanges>): string[] => found.map(({ path }) => path);
