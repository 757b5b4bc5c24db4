import { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { computeFields, createSizeRules } from "../shared/compute.js";
import { createBranchOutputs } from "../shared/connection.js";
import { BranchRef, createNameSchema } from "../shared/fields.js";
import { createComputeLeftRule, DATA_DESTROYED, isEndingSoon, MAYBE_PROTECTED, createLeftUntilNowRule } from "../shared/reviewRules.js";
import { createExpirySchema, createPastMomentSchema } from "../shared/timeFields.js";

export const doc = "A copy-on-write branch of a project's data, with a read-write compute of its own unless `compute` says otherwise.";

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project that owns the branch.", onChange: "locked", review: "reach" }),
  name: createNameSchema("Unique in the project."),
  parentBranchId: BranchRef.optional().meta({
    refersTo: "branch",
    description: "Branch to copy; the project's default branch when omitted.",
    onChange: "locked",
    canonical: getLastPart,
    review: "reach",
  }),
  from: createPastMomentSchema("parent", "The parent's"),
  initSource: z.enum(["parent-data", "schema-only"]).optional().meta({
    description: "What to copy: data and schema (`parent-data`, Neon's default), or the schema alone.",
    onChange: "locked",
    review: "reach",
  }),
  protected: z
    .boolean()
    .optional()
    .meta({
      description:
        "While true, the branch, its compute and its project can be neither deleted nor reset, and branches made from it get new passwords. Left as it is when omitted: only `false` takes protection away.",
      review: { reach: [createLeftUntilNowRule(false, MAYBE_PROTECTED)] },
    }),
  expiresAt: createExpirySchema("branch", " Not for protected branches."),
  compute: z
    .union([z.literal("none"), z.strictObject(computeFields)], 'must be "none" or an object')
    .optional()
    .meta({
      description: "The branch's read-write compute: its settings, or `none`. One with the project's defaults is made when omitted.",
      review: { reach: [createComputeLeftRule()] },
    }),
});

export const rules: Rule[] = [
  ...createSizeRules("compute"),
  {
    needs: ["protected", "expiresAt"],
    property: "expiresAt",
    holds: (branch) => !(branch["protected"] === true && branch["expiresAt"] !== undefined),
    message: "a protected branch cannot expire: remove expiresAt or set protected: false",
  },
];

export const review: LifecycleReview = {
  onDelete: ({ expiresAt, protected: isProtected }, nowMs) =>
    isEndingSoon(expiresAt, nowMs) && isProtected !== true
      ? {
          rule: "branch-removed",
          severity: "low",
          direction: "destroys",
          message: "A branch that was to expire within 30 days is deleted with its data.",
          remedy: "No action if no longer needed.",
        }
      : { ...DATA_DESTROYED, message: "The branch and the data that only it has are deleted." },
};

export const outputs = z.object(createBranchOutputs("the branch's"));
