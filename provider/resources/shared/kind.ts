import { parseClassName } from "../../../contract/typeToken.js";
import { catalogue, type Kind } from "../index.js";

/** The kind of a resource by its type token; undefined for what other providers own, and for classes that this version does not know. */
export function findKind(type: string): Kind | undefined {
  const name = parseClassName(type);
  return name !== undefined && Object.hasOwn(catalogue, name) ? (name as Kind) : undefined;
}
