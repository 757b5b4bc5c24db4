import { getValueAt } from "../../contract/values.js";
import { type Properties, isProperties, catalogue, type Kind, listOptionalSwitches } from "../../provider/introspection.js";
import { FIELD_RULES } from "../change/fieldRules.js";

/**
 * Switches that reachability is made of and that a program may leave as they are, by kind: `network.privateEndpoints`. What is live of one that
 * is left, no program says; what was live when the record was made, the record does.
 */
export const OMITTED_SWITCHES: ReadonlyMap<Kind, readonly string[]> = new Map(
  (Object.keys(catalogue) as Kind[]).map((kind) => [kind, listOptionalSwitches(kind)]),
);

/** Those that these inputs leave out. */
export const listOmittedSwitches = (kind: Kind, inputs: Properties): string[] =>
  (OMITTED_SWITCHES.get(kind) ?? []).filter((path) => isOmitted(inputs, path));

/** What of them is live; of an object, that there is one. What the API does not tell is not in it. */
export const pickLiveSwitches = (paths: readonly string[], live: Properties): Properties =>
  Object.fromEntries(
    paths
      .map((path) => [path, getValueAt(live, path)] as const)
      .flatMap(([path, value]) => (value === undefined ? [] : [[path, isProperties(value) ? {} : value]])),
  );

/** The inputs, with what was live of what they leave out. */
export const fillOmitted = (inputs: Properties, left: Properties): Properties =>
  Object.entries(left).reduce((all, [path, value]) => (isOmitted(all, path) ? setValueAt(all, path, value) : all), inputs);

/** Whether the value is the more open one of its switch. The slice says which is; of a word and an object, such as a compute, it is the object. */
export function isOpening(kind: Kind, path: string, value: unknown): boolean {
  const rules = FIELD_RULES.filter(
    (rule) => rule.kind === kind && rule.direction === "opens" && (path === rule.property || path.startsWith(`${rule.property}.`)),
  );
  if (rules.length === 0) return isProperties(value);
  return rules.some(({ property, when }) => {
    const rest = path.slice(property.length + 1);
    return rest === "" ? when(undefined, value, true) : when({}, setValueAt({}, rest, value), true);
  });
}

/** What lies in something that is encrypted may be declared. */
function isOmitted(inputs: Properties, path: string): boolean {
  const names = path.split(".");
  return (
    getValueAt(inputs, path) === undefined &&
    names.every((_, at) => {
      const outer = at === 0 ? inputs : getValueAt(inputs, names.slice(0, at).join("."));
      return outer === undefined || isProperties(outer);
    })
  );
}

function setValueAt(bag: Properties, path: string, value: unknown): Properties {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...bag, [name]: value };
  const inner = bag[name];
  return { ...bag, [name]: setValueAt(isProperties(inner) ? inner : {}, rest.join("."), value) };
}
