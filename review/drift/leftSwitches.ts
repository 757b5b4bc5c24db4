import { type Bag, isBag } from "../../provider/resources/settled.js";
import { catalogue, type Kind } from "../../provider/resources/index.js";
import { leftSwitches } from "../../provider/resources/reviewed.js";
import { FIELD_RULES } from "../change/fields.js";

/**
 * Switches that reachability is made of and that a program may leave as they are, by kind: `network.privateEndpoints`. What is live of one that
 * is left, no program says; what was live when the record was made, the record does.
 */
export const LEFT_SWITCHES: ReadonlyMap<Kind, readonly string[]> = new Map(
  (Object.keys(catalogue) as Kind[]).map((kind) => [kind, leftSwitches(kind)]),
);

/** Those that these inputs leave out. */
export const leftOut = (kind: Kind, inputs: Bag): string[] => (LEFT_SWITCHES.get(kind) ?? []).filter((path) => isLeftOut(inputs, path));

/** What of them is live; of an object, that there is one. What the API does not tell is not in it. */
export const liveLeft = (paths: readonly string[], live: Bag): Bag =>
  Object.fromEntries(
    paths
      .map((path) => [path, valueAt(live, path)] as const)
      .flatMap(([path, value]) => (value === undefined ? [] : [[path, isBag(value) ? {} : value]])),
  );

/** The inputs, with what was live of what they leave out. */
export const filled = (inputs: Bag, left: Bag): Bag =>
  Object.entries(left).reduce((all, [path, value]) => (isLeftOut(all, path) ? withValueAt(all, path, value) : all), inputs);

/** Whether the value is the more open one of its switch. The slice says which is; of a word and an object, such as a compute, it is the object. */
export function isOpening(kind: Kind, path: string, value: unknown): boolean {
  const rules = FIELD_RULES.filter(
    (rule) => rule.kind === kind && rule.direction === "opens" && (path === rule.property || path.startsWith(`${rule.property}.`)),
  );
  if (rules.length === 0) return isBag(value);
  return rules.some(({ property, when }) => {
    const rest = path.slice(property.length + 1);
    return rest === "" ? when(undefined, value, true) : when({}, withValueAt({}, rest, value), true);
  });
}

/** What lies in something that is encrypted may be declared. */
function isLeftOut(inputs: Bag, path: string): boolean {
  const names = path.split(".");
  return (
    valueAt(inputs, path) === undefined &&
    names.every((_, at) => {
      const outer = at === 0 ? inputs : valueAt(inputs, names.slice(0, at).join("."));
      return outer === undefined || isBag(outer);
    })
  );
}

function valueAt(bag: Bag, path: string): unknown {
  let value: unknown = bag;
  for (const name of path.split(".")) value = isBag(value) ? value[name] : undefined;
  return value;
}

function withValueAt(bag: Bag, path: string, value: unknown): Bag {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...bag, [name]: value };
  const inner = bag[name];
  return { ...bag, [name]: withValueAt(isBag(inner) ? inner : {}, rest.join("."), value) };
}
