import { getLastPart } from "./ids.js";

/**
 * What a verdict takes for true of a reference whose value a preview does not show: that it is the id of the resource it is made from.
 * `palisade guard` holds the update to it before the call is made.
 */
export interface Assumption {
  readonly urn: string;
  /** Input that refers: `projectId`. */
  readonly property: string;
  /** URN of the resource whose id, or whose own reference, it is taken to be. */
  readonly target: string;
  /** Which id: the project's, or that of a branch (of a `Project`: its default branch). */
  readonly part: "project" | "branch";
  /** The id, where the target has one already. */
  readonly expected?: string | undefined;
}

/** The id in a reference, which may be the composite one. */
export const getReferencedId = (part: Assumption["part"], reference: string): string =>
  part === "project" ? (reference.split("/", 1)[0] ?? "") : getLastPart(reference);

/** What a `Project` or a `Branch` that is made gives to who refers to it; undefined where it tells nothing of the kind. */
export function findTargetId(
  part: Assumption["part"],
  { id, outputs }: { readonly id?: string | undefined; readonly outputs?: Readonly<Record<string, unknown>> | null | undefined },
): string | undefined {
  if (id === undefined || id === "") return undefined;
  const main = outputs?.["defaultBranchId"];
  if (part === "branch" && main !== undefined) return typeof main === "string" ? main : undefined;
  return getReferencedId(part, id);
}
