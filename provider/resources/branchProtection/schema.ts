import { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import type { LifeReview } from "../../engine/review.js";
import { BranchRef } from "../fields.js";
import { UNMANAGED } from "../reviewRules.js";

export const doc =
  "Protection of a branch that is declared elsewhere, such as a project's default branch. Destroying this resource leaves the protection as it is.";

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project that owns the branch.", onChange: "replace", review: "reach" }),
  branch: z
    .string()
    .refine(
      (branch) => branch === "default" || BranchRef.safeParse(branch).success,
      'must be "default" or a branch id such as br-wispy-sun-b343qpnf',
    )
    .meta({
      refersTo: "branch",
      description: "Id of the branch, or `default` for the project's default branch.",
      onChange: "replace",
      canonical: lastPart,
      review: "reach",
    }),
  protected: z
    .boolean()
    .meta({ description: "Whether the branch is protected. Required: taking protection away must be written.", review: "reach" }),
});

export const review: LifeReview = {
  onDelete: () => ({ ...UNMANAGED, message: "The branch stays as protected as it is, and nothing declares it any more." }),
  identityInputs: ["projectId", "branch"],
};

export const outputs = z.object({
  branchName: z.string().meta({ description: "Name of the branch." }),
});
