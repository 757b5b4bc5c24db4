import { check } from "../../../provider/engine/check.js";
import type { Resource } from "../../../provider/engine/define.js";
import { listFieldDocs, collectNested } from "../../../tools/generate/fields.js";
import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { BRANCHES } from "./rejected/branches.js";
import { KEYS } from "./rejected/keys.js";
import { NETWORKS } from "./rejected/networks.js";
import { PEOPLE } from "./rejected/people.js";
import { PROJECT } from "./rejected/project.js";
import { ROLES } from "./rejected/roles.js";
import type { Rejected } from "./rejected/words.js";

/** The compiler asks for every kind. */
const REJECTED: Required<Rejected> = { ...PROJECT, ...NETWORKS, ...BRANCHES, ...ROLES, ...PEOPLE, ...KEYS };

const resources = Object.entries(catalogue) as unknown as [Kind, Resource][];
const common = { managedBy: "urn:pulumi:x" };

describe.each(resources)("%s", (kind, resource) => {
  const { sound, cases } = REJECTED[kind];

  it("accepts a sound program", () => {
    expect(check(resource, {}, { ...common, ...sound }).failures).toEqual([]);
  });

  it.each(cases)("refuses at preview: %s %j", (_, broken, property, reason) => {
    const { failures } = check(resource, {}, { ...common, ...sound, ...broken });
    // Of a nested field its value is told behind that (wrongTypes.test.ts).
    expect(failures.map((failure) => ({ ...failure, reason: failure.reason.split("; it is ")[0] }))).toEqual([{ property, reason }]);
  });

  it("refuses an unknown field", () => {
    expect(check(resource, {}, { ...common, ...sound, nonsense: 1 }).failures).toEqual([
      { property: "nonsense", reason: "is not a field of this resource" },
    ]);
  });

  it("has a rejected example for every field", () => {
    const all = [
      ...listFieldDocs(resource.inputs).map(({ name }) => name),
      ...collectNested(resource.inputs).flatMap(({ path, shape }) => listFieldDocs(shape).map(({ name }) => [...path, name].join("."))),
    ];
    const covered = new Set(cases.map(([field]) => field));
    // A required object is covered by what is wrong inside it.
    expect(all.filter((field) => ![...covered].some((other) => other === field || other.startsWith(`${field}.`)))).toEqual([]);
  });
});
