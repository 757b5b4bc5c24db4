import type { Bag, Shape } from "./define.js";
import { fieldsOf, isBag, objectOf, same } from "./fields.js";

/**
 * The live inputs that a refresh may show: what the program declared, in its spelling while that means the same, and what omission would clear.
 * Locked fields keep the declared value: a live difference shows in outputs and findings and never blocks an `up`.
 */
export function project(schema: Shape, live: Bag, recorded: Bag): Bag {
  return Object.fromEntries(
    fieldsOf(schema).flatMap(([name, field]) => {
      const { onChange, whenOmitted } = field.meta() ?? {};
      const [now, before, nested] = [live[name], recorded[name], objectOf(field)];
      if (before === undefined) return whenOmitted === "cleared" && now !== undefined ? [[name, now]] : [];
      if (onChange === "locked" || onChange === "ignored" || same(field, before, now)) return [[name, before]];
      return [[name, nested && isBag(now) && isBag(before) ? project(nested, now, before) : now]];
    }),
  );
}
