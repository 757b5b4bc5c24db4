import type { ChangeFinding } from "../../../review/change/finding.js";
import { createLocator } from "../../../review/change/locate.js";
import type { Declared, ResourceChange } from "../../../review/change/change.js";

/** Where a finding points to when several places of the program look alike. */

const TYPE = "pulumi-nodejs:dynamic/palisade:Branch";

function branch(name: string, { parent, declaredAt }: { parent?: string; declaredAt?: string } = {}): ResourceChange {
  const urn = `urn:pulumi:dev::shop::${parent === undefined ? "" : `${parent}$`}${TYPE}::${name}`;
  const side = { urn, name, declaredAt } as Declared;
  return { urn, name, type: TYPE, kind: "Branch", isComponent: false, op: "update", before: side, after: side, deleteBeforeReplace: false };
}

const placeOf = (resource: ResourceChange, files: Record<string, string>, others: readonly ResourceChange[] = []): string | undefined =>
  createLocator(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    [resource, ...others],
  )({ urn: resource.urn } as ChangeFinding).location;

const MAIN = 'new neon.Branch("main", {});';
const IN_WEB = `class Web extends pulumi.ComponentResource {\n  constructor(name) {\n    super("acme:index:Web", name);\n    ${MAIN}\n  }\n}`;

test("a namesake in another file is told apart by where the applied program declared it", () => {
  const files = { "a.ts": MAIN, "b.ts": `\n\n${MAIN}` };
  expect(placeOf(branch("main", { declaredAt: "b.ts:1" }), files)).toBe("b.ts:3");
  expect(placeOf(branch("main", { declaredAt: "a.ts:1" }), files)).toBe("a.ts:1");
});

test("of two namesakes in one file the one at the recorded line is meant", () => {
  const text = `if (eu)\n  ${MAIN}\nelse\n  ${MAIN}`;
  expect(placeOf(branch("main", { declaredAt: "a.ts:4" }), { "a.ts": text })).toBe("a.ts:4");
  expect(placeOf(branch("main"), { "a.ts": text })).toBeUndefined();
});

test("a child of a component is looked for in the component's class, and nothing else is", () => {
  const files = { "main.ts": MAIN, "web.ts": IN_WEB };
  const [child, root] = [branch("main", { parent: "acme:index:Web" }), branch("main")];
  expect(placeOf(child, files, [root])).toBe("web.ts:4");
  expect(placeOf(root, files, [child])).toBe("main.ts:1");
  expect(placeOf(child, { "main.ts": MAIN }, [root])).toBeUndefined();
});

test("where two places fit equally well, none is named", () => {
  expect(placeOf(branch("main"), { "a.ts": MAIN, "b.ts": MAIN })).toBeUndefined();
});

test("a comment constructs nothing", () => {
  expect(placeOf(branch("main"), { "a.ts": `// ${MAIN}\n/* ${MAIN} */`, "b.ts": `const url = "https://x"; ${MAIN}` })).toBe("b.ts:1");
});

test("a name that the recorded file makes in a loop is not taken for a namesake beside it", () => {
  const loop = "for (const name of names)\n  new neon.Branch(name, {});";
  expect(placeOf(branch("main", { declaredAt: "loop.ts:2" }), { "loop.ts": loop, "old.ts": MAIN })).toBe("loop.ts:2");
  expect(placeOf(branch("main", { declaredAt: "loop.ts:2" }), { "loop.ts": "names;\nmoved;", "old.ts": MAIN })).toBe("old.ts:1");
});

test("a resource that moved to another file is found there", () => {
  expect(placeOf(branch("main", { declaredAt: "gone.ts:7" }), { "new.ts": MAIN })).toBe("new.ts:1");
});
