import type { Properties, Shape } from "../../engine/define.js";
import { listFields, hasUnknown, isProperties, findObjectSchema, UNKNOWN } from "../../engine/fields.js";
import { catalogue, type Kind } from "../index.js";

export { type Properties, hasUnknown, isProperties, UNKNOWN };

/** How the engine's events and state mark a secret (`SecretSig` of Pulumi's SDKs). */
const SECRET = "4dabf18193072939515e22adb298388d";
/** What takes its place in texts. */
export const REDACTED = "[secret]";

export const isSecret = (value: unknown): boolean => value === REDACTED || (isProperties(value) && SECRET in value);

/** True when the value, or a part of it, is not to be read: known only after the update, or secret. */
export const isUnreadable = (value: unknown): boolean =>
  value === UNKNOWN || isSecret(value) || (typeof value === "object" && value !== null && Object.values(value).some(isUnreadable));

/** What an object has once `inputs` are applied: what they leave out stays as `before` had it, unless omission clears it. */
export const mergeInputs = (kind: Kind, before: Properties, inputs: Properties): Properties =>
  mergeFields(catalogue[kind].inputs, before, inputs);

function mergeFields(schema: Shape, before: Properties, inputs: Properties): Properties {
  const values: Properties = {};
  for (const { name, isCleared, nested } of getMergeFields(schema)) {
    const [from, to] = [before[name], inputs[name]];
    const value =
      to === undefined
        ? isCleared
          ? undefined
          : from
        : nested && isProperties(from) && isProperties(to)
          ? mergeFields(nested, from, to)
          : to;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

interface MergeField {
  readonly name: string;
  readonly isCleared: boolean;
  readonly nested: Shape | undefined;
}
const known = new WeakMap<Shape, readonly MergeField[]>();

/** A review asks for them once for each resource: reading them off the schema takes longer than all the rest. */
function getMergeFields(schema: Shape): readonly MergeField[] {
  const fields =
    known.get(schema) ??
    listFields(schema).map(([name, field]) => ({
      name,
      isCleared: field.meta()?.whenOmitted === "cleared",
      nested: findObjectSchema(field),
    }));
  known.set(schema, fields);
  return fields;
}
