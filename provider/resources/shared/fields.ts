import { z } from "zod";
import { isPalisadeError } from "../../../contract/errors.js";
import { BranchId, getLastPart, ProjectId } from "../../../contract/ids.js";
import type { FieldReview } from "../../engine/review.js";
import { findPathPartProblem } from "../../../contract/pathPart.js";
import { LOCKED, NAME } from "./reviewRules.js";

/** Postgres cuts names at 63 bytes; refusing longer ones keeps two of them from becoming one. */
export const NAME_BYTES = 63;

/** A branch of the same project, by bare or composite id. */
export const BranchRef = z
  .string()
  .refine((reference) => BranchId.safeParse(getLastPart(reference)).success, "is not a branch id such as br-wispy-sun-b343qpnf");

/** A name that Neon keeps of an object. */
export const createNameSchema = (description: string) =>
  z.string().min(1, "must not be empty").max(256, "must have at most 256 characters").meta({ description, review: NAME });

/** A name in Postgres, which the API's addresses hold as well. */
export const createPgNameSchema = (bytes = NAME_BYTES) =>
  z
    .string()
    .superRefine((name, context) => {
      const message = findPathPartProblem(name);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    })
    .refine((name) => new TextEncoder().encode(name).length <= bytes, `must have at most ${bytes} bytes`);

/** A name in Postgres that is part of an id, whose parts a slash separates. */
export const createPgNameInIdSchema = (bytes = NAME_BYTES) =>
  createPgNameSchema(bytes).refine((name) => !name.includes("/"), "must not contain a slash");

/** A text that the contract's own check takes; a wrong one is answered in that check's words. */
export const createCheckedSchema = (check: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      check(text);
    } catch (error) {
      if (!isPalisadeError(error)) throw error;
      context.addIssue({ code: "custom", message: error.detail });
    }
  });

/** One of these words; a wrong one is answered with all of them. */
export const createEnumSchema = <const W extends string>(words: readonly W[]) =>
  z.enum(words, { error: `must be ${words.map((word) => `"${word}"`).join(", ")}` });

/** The two ids of what lies in a branch. */
export const createBranchFields = (what: string, review: FieldReview = LOCKED) => ({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project that owns the branch.", onChange: "locked", review }),
  branchId: BranchRef.meta({
    refersTo: "branch",
    description: `Branch that holds the ${what}, by bare or composite id.`,
    onChange: "locked",
    canonical: getLastPart,
    review,
  }),
});
