import { z } from "zod";
import { fieldsOf, objectOf, unwrap } from "../engine/fields.js";
import { type ChangeRule, type Reviewed, type ReviewNote, reviewsOf } from "../engine/review.js";
import { catalogue, type Kind } from "./index.js";

export type { ChangeRule, Reviewed, ReviewNote };

/** What each input of a kind says to a reviewer, in the order of the schema. */
export const inputReviews = (kind: Kind): Reviewed[] => [...reviewsOf(catalogue[kind].inputs)];

/**
 * Paths of the switches that reachability is made of and that a program may leave as they are: optional booleans and words, whose omission
 * neither clears nor has a default. A list is none: who may connect is never left to it.
 */
export const leftSwitches = (kind: Kind): string[] =>
  inputReviews(kind).flatMap(({ path, field, review }) => (isReach(review) ? switchesIn(path, field) : []));

function isReach(review: Reviewed["review"]): boolean {
  return review === "reach" || (typeof review === "object" && "reach" in review);
}

function switchesIn(path: string, field: z.ZodType): string[] {
  const { onChange, whenOmitted, review } = field.meta() ?? {};
  if (onChange !== undefined || whenOmitted === "cleared" || (typeof review === "object" && "silent" in review)) return [];
  if (isOptional(field) && isSwitch(unwrap(field))) return [path];
  const nested = objectOf(field);
  return nested ? fieldsOf(nested).flatMap(([name, inner]) => switchesIn(`${path}.${name}`, inner)) : [];
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
