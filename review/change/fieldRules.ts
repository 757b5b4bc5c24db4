import { catalogue, type Kind, listInputReviews, type ChangeRule, type ReviewedField, isReach } from "../../provider/introspection.js";

/** What a change of one input means, beyond what reachability tells of it. */
export interface FieldRule extends ChangeRule {
  readonly kind: Kind;
  /** `auditLogLevel`, or `network.allow`. */
  readonly property: string;
}

const KINDS = Object.keys(catalogue) as Kind[];

/** As the slices say it at each input. */
export const FIELD_RULES: readonly FieldRule[] = KINDS.flatMap((kind) =>
  listInputReviews(kind).flatMap(({ path: property, review }) => listRules(review).map((meaning) => ({ ...meaning, kind, property }))),
);

/** The same by kind. */
export const RULES_OF = Object.fromEntries(
  KINDS.map((kind) => [kind, FIELD_RULES.filter((rule) => rule.kind === kind)] as const),
) as unknown as Readonly<Record<Kind, readonly FieldRule[]>>;

/** Inputs that reachability is made of, of the kinds that have any; a change of any other says nothing of who may connect. The most telling first. */
export const REACH_INPUTS: Partial<Record<Kind, readonly string[]>> = Object.fromEntries(
  KINDS.map((kind) => [kind, listReachInputs(kind)] as const).filter(([, names]) => names.length > 0),
);

function listRules(review: ReviewedField["review"]): readonly ChangeRule[] {
  if (review === undefined || review === "reach" || "silent" in review) return [];
  if ("reach" in review) return review.reach;
  return "when" in review ? [review] : review;
}

function listReachInputs(kind: Kind): string[] {
  const inputs = listInputReviews(kind).filter(({ review }) => isReach(review));
  return inputs.sort((a, b) => computeRemoteness(kind, a) - computeRemoteness(kind, b)).map(({ path }) => path);
}

/** What changes in place tells most, a list more than the word beside it; then what makes another object; then its parents, the highest last. */
function computeRemoteness(kind: Kind, { path, field }: ReviewedField): number {
  const { onChange, unordered } = field.meta() ?? {};
  const parts = catalogue[kind].id.split("/");
  const place = parts.indexOf(`{${path}}`);
  if (place >= 0) return 2 + parts.length - place;
  return onChange ? 2 : unordered ? 0 : 1;
}

/** Inputs by which a kind refers to another object, and of what kind that is. */
export const REFERENCES: Readonly<Record<Kind, readonly { readonly property: string; readonly part: "project" | "branch" }[]>> =
  Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      listInputReviews(kind).flatMap(({ path: property, field }) => {
        const part = field.meta()?.refersTo;
        return part ? [{ property, part }] : [];
      }),
    ]),
  ) as Record<Kind, { property: string; part: "project" | "branch" }[]>;
