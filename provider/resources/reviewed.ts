import { type ChangeRule, type Reviewed, type ReviewNote, reviewsOf } from "../engine/review.js";
import { catalogue, type Kind } from "./index.js";

export type { ChangeRule, Reviewed, ReviewNote };

/** What each input of a kind says to a reviewer, in the order of the schema. */
export const inputReviews = (kind: Kind): Reviewed[] => [...reviewsOf(catalogue[kind].inputs)];
