import { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { ProjectRole } from "../../../contract/wire/projectPermission.js";
import { oneOf } from "../fields.js";
import { Email } from "../people.js";

export const doc = "Shares one project with a person. Destroying it takes the access, and the level where one was declared.";

export const inputs = z.object({
  projectId: ProjectId.meta({ description: "Project to share.", onChange: "locked" }),
  email: Email.meta({ description: "With whom.", onChange: "replace" }),
  level: oneOf(ProjectRole.options)
    .optional()
    .meta({ description: "What a member of the organisation may do with this project. Left as it is when omitted." }),
});

export const outputs = z.object({
  grantedAt: z.string().meta({ description: "Since when (RFC 3339)." }),
});
