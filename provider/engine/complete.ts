import type { Resource, Shape } from "./define.js";
import { childrenOf, fieldsOf, isStrict, unwrap } from "./fields.js";
import { reviewsOf } from "./review.js";

/**
 * Throws on a field without a description, with its meta under a wrapper, or nested in an object that would drop unknown keys silently;
 * and on an input that does not say what a change of it means to a reviewer.
 */
export function mustBeComplete({
  kind,
  inputs,
  outputs,
  review: { identityInputs = [] },
}: Pick<Resource, "kind" | "inputs" | "outputs" | "review">): void {
  mustBeDocumented(kind, inputs);
  mustBeDocumented(kind, outputs);
  for (const [name, inner] of fieldsOf(outputs))
    for (const from of inner.meta()?.derivedFrom ?? [])
      if (!((from.split(".")[0] ?? "") in inputs.shape))
        throw new Error(`${kind}.${name} is said to be derived from ${from}, which is no input`);
  for (const { path, review } of reviewsOf(inputs))
    if (review === undefined) throw new Error(`${kind}.${path} does not say what a change of it means to a reviewer`);
  for (const name of identityInputs)
    if (!(name in inputs.shape)) throw new Error(`${kind} is said to be for its ${name}, which is no input`);
}

function mustBeDocumented(where: string, schema: Shape): void {
  for (const [name, field] of fieldsOf(schema)) {
    const path = `${where}.${name}`;
    const inner = unwrap(field);
    if (inner !== field && inner.meta() !== undefined && field.meta() === undefined)
      throw new Error(`${path}: its meta is under a wrapper; write .meta() last`);
    if (!field.meta()?.description) throw new Error(`${path} has no description`);
    for (const child of childrenOf(field)) {
      if (!isStrict(child)) throw new Error(`${path}: a nested object must be z.strictObject, or unknown keys vanish`);
      mustBeDocumented(path, child);
    }
  }
}
