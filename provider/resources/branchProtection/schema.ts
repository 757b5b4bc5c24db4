import { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import type { LifecycleReview } from "../../engine/review.js";
import { BranchRef } from "../shared/fields.js";
import { UNMANAGED } from "../shared/reviewRules.js";

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
      canonical: getLastPart,
      review: "reach",
    }),
  protected: z
    .boolean()
    .meta({ description: "Whether the branch is protected. Required: taking protection away must be written.", review: "reach" }),
});

export const review: LifecycleReview = {
  onDelete: () => ({ ...UNMANAGED, message: "The branch stays as protected as it is, and nothing declares it any more." }),
  identityInputs: ["projectId", "branch"],
};

export const outputs = z.object({
  branchName: z.string().meta({ description: "Name of the branch." }),
});
