import type { z } from "zod";
import type { Direction, Severity } from "../../contract/findings.js";
import type { Properties, Shape } from "./properties.js";
import { listFields, findObjectSchema } from "./fields.js";

/** What a review reports. */
export interface ReviewNote {
  /** Id of the rule, which its page explains. */
  readonly rule: string;
  readonly severity: Severity;
  readonly direction: Direction;
  /** One sentence: what the change does. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}

/** What a change of an input means by itself. */
export interface ChangeRule extends ReviewNote {
  /** `existed`: whether the object is there already. */
  readonly when: (before: unknown, after: unknown, existed: boolean) => boolean;
  /** `declared`: omission means something, so what the program leaves out is not taken over from before. Default: what holds. */
  readonly compares?: "declared";
  /** The two sides in words, where the values themselves are too long to read. */
  readonly words?: (before: unknown, after: unknown) => readonly [before: string, after: string];
}

/**
 * `reach`: who reaches the data is made of it, and beside that these rules hold. `silent`: the reason why its change says nothing to a reviewer.
 */
export type FieldReview =
  | "reach"
  | { readonly reach: readonly [ChangeRule, ...ChangeRule[]] }
  | { readonly silent: string }
  | ChangeRule
  | readonly [ChangeRule, ...ChangeRule[]];

/** What creating and deleting an object means, beyond who reaches the data. */
export interface LifecycleReview {
  readonly onCreate?: (inputs: Properties) => ReviewNote | undefined;
  /** `nowMs`: when the change is judged, in milliseconds since 1970. */
  readonly onDelete: (inputs: Properties, nowMs: number) => ReviewNote;
  /** Only where a replacement loses nothing: the inputs that say whom or what it is for. Another of these is another access. */
  readonly identityInputs?: readonly string[];
}

export interface ReviewedField {
  /** `network.allow` */
  path: string;
  field: z.ZodType;
  review: FieldReview | undefined;
}

/** What is said of each input: of a field that holds others by itself, or by them. */
export function* listFieldReviews(schema: Shape, prefix = ""): Generator<ReviewedField> {
  for (const [name, field] of listFields(schema)) {
    const path = prefix + name;
    const review = field.meta()?.review;
    const nested = review === undefined ? findObjectSchema(field) : undefined;
    if (nested) yield* listFieldReviews(nested, `${path}.`);
    else yield { path, field, review };
  }
}
