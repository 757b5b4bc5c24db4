import type { Bag, Shape } from "../engine/define.js";
import { fieldsOf, hasUnknown, isBag, objectOf, UNKNOWN } from "../engine/fields.js";
import { catalogue, type Kind } from "./index.js";

export { type Bag, hasUnknown, isBag, UNKNOWN };

/** What an object has once `inputs` are applied: what they leave out stays as `before` had it, unless omission clears it. */
export const settled = (kind: Kind, before: Bag, inputs: Bag): Bag => settle(catalogue[kind].inputs, before, inputs);

function settle(schema: Shape, before: Bag, inputs: Bag): Bag {
  const values = fieldsOf(schema).map(([name, field]): [string, unknown] => {
    const [was, is] = [before[name], inputs[name]];
    if (is === undefined) return [name, field.meta()?.whenOmitted === "cleared" ? undefined : was];
    const nested = objectOf(field);
    return [name, nested && isBag(was) && isBag(is) ? settle(nested, was, is) : is];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}
