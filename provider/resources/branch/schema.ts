import { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import type { LifeReview } from "../../engine/review.js";
import { computeFields, sizeRules } from "../compute.js";
import { branchOutputs } from "../connection.js";
import { BranchRef, givenName } from "../fields.js";
import { computeAfterLeft, DATA_DESTROYED, endsSoon, MAYBE_PROTECTED, saidAfterLeft } from "../reviewRules.js";
import { expiry, pastMoment } from "../moment.js";

export const doc = "A copy-on-write branch of a project's data, with a read-write compute of its own unless `compute` says otherwise.";

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project that owns the branch.", onChange: "locked", review: "reach" }),
  name: givenName("Unique in the project."),
  parentBranchId: BranchRef.optional().meta({
    refersTo: "branch",
    description: "Branch to copy; the project's default branch when omitted.",
    onChange: "locked",
    canonical: lastPart,
    review: "reach",
  }),
  from: pastMoment("parent", "The parent's"),
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
      review: { reach: [saidAfterLeft(false, MAYBE_PROTECTED)] },
    }),
  expiresAt: expiry("branch", " Not for protected branches."),
  compute: z
    .union([z.literal("none"), z.strictObject(computeFields)], 'must be "none" or an object')
    .optional()
    .meta({
      description: "The branch's read-write compute: its settings, or `none`. One with the project's defaults is made when omitted.",
      review: { reach: [computeAfterLeft()] },
    }),
});

export const rules: Rule[] = [
  ...sizeRules("compute"),
  {
    needs: ["protected", "expiresAt"],
    property: "expiresAt",
    holds: (branch) => !(branch["protected"] === true && branch["expiresAt"] !== undefined),
    message: "a protected branch cannot expire: remove expiresAt or set protected: false",
  },
];

export const review: LifeReview = {
  onDelete: ({ expiresAt, protected: isProtected }, nowMs) =>
    endsSoon(expiresAt, nowMs) && isProtected !== true
      ? {
          ...{ rule: "branch-removed", severity: "low", direction: "destroys" },
          message: "A branch that was to expire within 30 days is deleted with its data.",
          remedy: "No action if no longer needed.",
        }
      : { ...DATA_DESTROYED, message: "The branch and the data that only it has are deleted." },
};

export const outputs = z.object(branchOutputs("the branch's"));
