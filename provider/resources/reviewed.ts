import { type ChangeRule, type Reviewed, reviewsOf } from "../engine/review.js";
import { catalogue, type Kind } from "./index.js";

export type { ChangeRule, Reviewed };

/** What each input of a kind says to a reviewer, in the order of the schema. */
export const inputReviews = (kind: Kind): Reviewed[] => [...reviewsOf(catalogue[kind].inputs)];
