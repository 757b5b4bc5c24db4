import { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import { BranchRef } from "../fields.js";

export const doc =
  "Protection of a branch that is declared elsewhere, such as a project's default branch. Destroying this resource leaves the protection as it is.";

export const inputs = z.object({
  projectId: ProjectId.meta({ description: "Project that owns the branch.", onChange: "replace" }),
  branch: z
    .string()
    .refine(
      (branch) => branch === "default" || BranchRef.safeParse(branch).success,
      'must be "default" or a branch id such as br-wispy-sun-b343qpnf',
    )
    .meta({ description: "Id of the branch, or `default` for the project's default branch.", onChange: "replace", canonical: lastPart }),
  protected: z.boolean().meta({ description: "Whether the branch is protected. Required: taking protection away must be written." }),
});

export const outputs = z.object({
  branchName: z.string().meta({ description: "Name of the branch." }),
});
