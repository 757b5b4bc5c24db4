import type { z } from "zod";
import { check, type Failure } from "../../../provider/engine/check.js";
import type { Properties, Resource, Shape } from "../../../provider/engine/define.js";
import { listFields, isProperties, findItemSchema, findObjectSchema } from "../../../provider/engine/fields.js";
import { catalogue, type Kind } from "../../../provider/resources/index.js";
import { BRANCHES } from "../resources/rejected/branches.js";
import { KEYS } from "../resources/rejected/keys.js";
import { NETWORKS } from "../resources/rejected/networks.js";
import { PEOPLE } from "../resources/rejected/people.js";
import { PROJECT } from "../resources/rejected/project.js";
import { ROLES } from "../resources/rejected/roles.js";

/** Values of any type at any field of every kind, as a program that no compiler has seen gives them: told at the field, never thrown. */

const SOUND = { ...PROJECT, ...NETWORKS, ...BRANCHES, ...ROLES, ...PEOPLE, ...KEYS } as Record<Kind, { sound: Properties }>;
const common = { managedBy: "urn:pulumi:x" };
const VALUES: readonly unknown[] = [null, [], {}, "text", "", 4.5, -1, true, [null], [[]], [{}], { nonsense: null }];
const kinds = Object.entries(catalogue) as unknown as [Kind, Resource][];

type Steps = readonly (string | number)[];

/** Every place in a kind where a value can stand. */
function placesIn(schema: Shape, steps: Steps = []): { steps: Steps; field: z.ZodType }[] {
  return listFields(schema).flatMap(([name, field]) => placesAt(field, [...steps, name]));
}

function placesAt(field: z.ZodType, steps: Steps): { steps: Steps; field: z.ZodType }[] {
  const [shape, item] = [findObjectSchema(field), findItemSchema(field)];
  return [{ steps, field }, ...(shape ? placesIn(shape, steps) : []), ...(item ? placesAt(item, [...steps, 0]) : [])];
}

/** The bag with a value there, and objects and lists on the way to it. */
function put(bag: unknown, [step, ...rest]: Steps, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === "number") return [put(Array.isArray(bag) ? bag[step] : undefined, rest, value)];
  const outer = isProperties(bag) ? bag : {};
  return { ...outer, [step]: put(outer[step], rest, value) };
}

const pathOf = (steps: Steps): string =>
  steps.map((step, at) => (typeof step === "number" ? `[${step}]` : at === 0 ? step : `.${step}`)).join("");

const isAbout = ({ property }: Failure, path: string): boolean =>
  property === path || property.startsWith(path) || path.startsWith(property);

describe.each(kinds)("%s", (kind, resource) => {
  const { sound } = SOUND[kind];
  const required = listFields(resource.inputs).flatMap(([name, field]) => (field.safeParse(undefined).success ? [] : [name]));

  it("names every required field where there are no arguments", () => {
    const { failures } = check(resource, {}, common);
    expect(failures).toEqual(expect.arrayContaining(required.map((property) => ({ property, reason: "is required" }))));
    expect(required.length).toBeGreaterThan(0);
  });

  it("says that a required field is required where it is null", () => {
    for (const name of required)
      expect(check(resource, {}, { ...common, ...sound, [name]: null }).failures).toContainEqual({ property: name, reason: "is required" });
  });

  it("tells a value of another type at its field, new or changed", () => {
    for (const { steps, field } of placesIn(resource.inputs))
      for (const value of VALUES) {
        const news = { ...(put(sound, steps, value) as Properties), ...common };
        for (const olds of [{}, { ...sound, ...common }]) {
          const { failures } = check(resource, olds, news);
          const told = failures.filter((failure) => isAbout(failure, pathOf(steps)));
          if (!field.safeParse(value).success) expect({ steps, value, told: told.length > 0 }).toEqual({ steps, value, told: true });
          expect(failures.map(({ reason }) => reason).join()).not.toMatch(/TypeError|undefined|is not a function|Cannot read/);
        }
      }
  });

  it("shows the value of a nested field, unless it is secret", () => {
    for (const { steps, field } of placesIn(resource.inputs)) {
      const value = "\u0007planted";
      if (steps.length < 2 || field.safeParse(value).success) continue;
      const { failures } = check(resource, {}, { ...(put(sound, steps, value) as Properties), ...common });
      const told = failures.filter(({ property }) => property === pathOf(steps)).map(({ reason }) => reason);
      const isSecret = field.meta()?.secret === true;
      for (const reason of told) expect({ steps, shown: reason.includes("planted") }).toEqual({ steps, shown: !isSecret });
      expect(told.length).toBeGreaterThan(0);
      expect(told.join()).not.toContain("\u0007");
    }
  });
});
