import type { Properties, Shape } from "./define.js";
import { listFields, isProperties, findObjectSchema, isSameValue } from "./fields.js";

/**
 * The live inputs that a refresh may show: what the program declared, in its spelling while that means the same, and what omission would clear.
 * Locked fields keep the declared value: a live difference shows in outputs and findings and never blocks an `up`.
 */
export function projectLiveInputs(schema: Shape, live: Properties, recorded: Properties): Properties {
  return Object.fromEntries(
    listFields(schema).flatMap(([name, field]) => {
      const { onChange, whenOmitted } = field.meta() ?? {};
      const [now, before, nested] = [live[name], recorded[name], findObjectSchema(field)];
      if (before === undefined) return whenOmitted === "cleared" && now !== undefined ? [[name, now]] : [];
      if (onChange === "locked" || onChange === "ignored" || isSameValue(field, before, now)) return [[name, before]];
      return [[name, nested && isProperties(now) && isProperties(before) ? projectLiveInputs(nested, now, before) : now]];
    }),
  );
}
