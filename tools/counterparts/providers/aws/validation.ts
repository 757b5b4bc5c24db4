import type { InputFailure } from "../checkInputs.js";
import { isKnown, type Properties } from "../values.js";

/** Refuses by name what the real provider takes and this double does not. */
export const allowOnly =
  (...names: string[]) =>
  (inputs: Properties) =>
    Object.keys(inputs)
      .filter((name) => !names.includes(name) && !name.startsWith("__"))
      .map((property) => ({ property, reason: "the double of aws does not take it" }));

/** A double works in the one region that it is configured for. */
export const refuseOtherRegion = ({ region }: Properties, own: string): InputFailure[] =>
  region === undefined || region === own || !isKnown(region)
    ? []
    : [{ property: "region", reason: `the double of aws works in ${own} alone` }];

/** As the real provider says it. */
export function refuseOutOfRange(property: string, inputs: Properties, { least, most }: { least: number; most: number }): InputFailure[] {
  const value = inputs[property];
  if (typeof value !== "number" || (value >= least && value <= most)) return [];
  return [{ property, reason: `expected ${property} to be in the range (${least} - ${most}), got ${value}` }];
}

export function refuseInvalidJson(property: string, inputs: Properties): InputFailure[] {
  const text = inputs[property];
  if (typeof text !== "string" || !isKnown(text)) return [];
  try {
    JSON.parse(text);
    return [];
  } catch {
    return [{ property, reason: "contains an invalid JSON policy" }];
  }
}
