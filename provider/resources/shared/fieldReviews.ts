import { z } from "zod";
import { listFields, listSecretPaths, findObjectSchema, unwrap } from "../../engine/fields.js";
import { type ChangeRule, type ReviewedField, type ReviewNote, listFieldReviews } from "../../engine/review.js";
import { catalogue, type Kind } from "../index.js";

export type { ChangeRule, ReviewedField, ReviewNote };

/** What each input of a kind says to a reviewer, in the order of the schema. */
export const listInputReviews = (kind: Kind): ReviewedField[] => [...listFieldReviews(catalogue[kind].inputs)];

/** Paths of the inputs that are always secret: `["sink", "webhook", "path"]`. */
export const listSecretInputs = (kind: Kind): string[][] => listSecretPaths(catalogue[kind].inputs);

/** Below an input of this path, the paths of what is always secret: `["webhook", "path"]` for `sink`. None for an input that is secret itself. */
export const listSecretParts = (kind: Kind, property: string): string[][] => {
  const steps = property.split(".");
  const below = listSecretInputs(kind).filter((path) => path.length > steps.length && steps.every((step, at) => step === path[at]));
  return below.map((path) => path.slice(steps.length));
};

/**
 * Paths of the switches that reachability is made of and that a program may leave as they are: optional booleans and words, whose omission
 * neither clears nor has a default. A list is none: who may connect is never left to it.
 */
export const listOptionalSwitches = (kind: Kind): string[] =>
  listInputReviews(kind).flatMap(({ path, field, review }) => (isReach(review) ? collectSwitches(path, field) : []));

export function isReach(review: ReviewedField["review"]): boolean {
  return review === "reach" || (typeof review === "object" && "reach" in review);
}

function collectSwitches(path: string, field: z.ZodType): string[] {
  const { onChange, whenOmitted, review } = field.meta() ?? {};
  if (onChange !== undefined || whenOmitted === "cleared" || (typeof review === "object" && "silent" in review)) return [];
  if (isOptional(field) && isSwitch(unwrap(field))) return [path];
  const nested = findObjectSchema(field);
  return nested ? listFields(nested).flatMap(([name, inner]) => collectSwitches(`${path}.${name}`, inner)) : [];
}

/** Without a default: what is left out stays undefined. */
function isOptional(field: z.ZodType): boolean {
  const read = field.safeParse(undefined);
  return read.success && read.data === undefined;
}

const isSwitch = (field: z.ZodType): boolean =>
  field instanceof z.ZodBoolean ||
  field instanceof z.ZodEnum ||
  field instanceof z.ZodLiteral ||
  (field instanceof z.ZodUnion && (field.options as z.ZodType[]).some((option) => isSwitch(unwrap(option))));
