import { collectObjectSchemas, listFields, isStrict, unwrap } from "./fields.js";
import type { Shape } from "./properties.js";
import { type LifecycleReview, listFieldReviews } from "./review.js";

/**
 * Throws on a field without a description, with its meta under a wrapper, or nested in an object that would drop unknown keys silently;
 * and on an input that does not say what a change of it means to a reviewer.
 */
export function assertComplete({
  kind,
  inputs,
  outputs,
  review: { identityInputs = [] },
}: {
  kind: string;
  inputs: Shape;
  outputs: Shape;
  review: LifecycleReview;
}): void {
  assertDocumented(kind, inputs);
  assertDocumented(kind, outputs);
  for (const [name, inner] of listFields(outputs))
    for (const from of inner.meta()?.derivedFrom ?? [])
      if (!((from.split(".")[0] ?? "") in inputs.shape))
        throw new Error(`${kind}.${name} is said to be derived from ${from}, which is no input`);
  for (const { path, review } of listFieldReviews(inputs))
    if (review === undefined) throw new Error(`${kind}.${path} does not say what a change of it means to a reviewer`);
  for (const name of identityInputs)
    if (!(name in inputs.shape)) throw new Error(`${kind} is said to be for its ${name}, which is no input`);
}

function assertDocumented(where: string, schema: Shape): void {
  for (const [name, field] of listFields(schema)) {
    const path = `${where}.${name}`;
    const inner = unwrap(field);
    if (inner !== field && inner.meta() !== undefined && field.meta() === undefined)
      throw new Error(`${path}: its meta is under a wrapper; write .meta() last`);
    if (!field.meta()?.description) throw new Error(`${path} has no description`);
    for (const child of collectObjectSchemas(field)) {
      if (!isStrict(child)) throw new Error(`${path}: a nested object must be z.strictObject, or unknown keys vanish`);
      assertDocumented(path, child);
    }
  }
}
