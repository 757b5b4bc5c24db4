import type { Bag, Shape } from "../engine/define.js";
import { fieldsOf, hasUnknown, isBag, objectOf, UNKNOWN } from "../engine/fields.js";
import { catalogue, type Kind } from "./index.js";

export { type Bag, hasUnknown, isBag, UNKNOWN };

/** How the engine's events and state mark a secret (`SecretSig` of Pulumi's SDKs). */
const SECRET = "4dabf18193072939515e22adb298388d";
/** What takes its place in texts. */
export const BLINDED = "[secret]";

export const isSecret = (value: unknown): boolean => value === BLINDED || (isBag(value) && SECRET in value);

/** True when the value, or a part of it, is not to be read: known only after the update, or secret. */
export const isUnreadable = (value: unknown): boolean =>
  value === UNKNOWN || isSecret(value) || (typeof value === "object" && value !== null && Object.values(value).some(isUnreadable));

/** What an object has once `inputs` are applied: what they leave out stays as `before` had it, unless omission clears it. */
export const settled = (kind: Kind, before: Bag, inputs: Bag): Bag => settle(catalogue[kind].inputs, before, inputs);

function settle(schema: Shape, before: Bag, inputs: Bag): Bag {
  const values: Bag = {};
  for (const { name, isCleared, nested } of fieldsIn(schema)) {
    const [from, to] = [before[name], inputs[name]];
    const value = to === undefined ? (isCleared ? undefined : from) : nested && isBag(from) && isBag(to) ? settle(nested, from, to) : to;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

interface SettledField {
  readonly name: string;
  readonly isCleared: boolean;
  readonly nested: Shape | undefined;
}
const known = new WeakMap<Shape, readonly SettledField[]>();

/** A review asks for them once for each resource: reading them off the schema takes longer than all the rest. */
function fieldsIn(schema: Shape): readonly SettledField[] {
  const fields =
    known.get(schema) ??
    fieldsOf(schema).map(([name, field]) => ({ name, isCleared: field.meta()?.whenOmitted === "cleared", nested: objectOf(field) }));
  known.set(schema, fields);
  return fields;
}
