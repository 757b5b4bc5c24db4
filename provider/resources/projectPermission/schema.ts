import { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { ProjectRole } from "../../../contract/wire/projectPermission.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createEnumSchema } from "../shared/fields.js";
import { ANOTHER_PERSON, isLowerIn, LOCKED, NARROWED, isHigherIn, WITHDRAWN } from "../shared/reviewRules.js";
import { Email } from "../shared/email.js";

export const doc = "Shares one project with a person. Destroying it takes the access, and the level where one was declared.";

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project to share.", onChange: "locked", review: LOCKED }),
  email: Email.meta({ description: "With whom.", onChange: "replace", review: ANOTHER_PERSON }),
  level: createEnumSchema(ProjectRole.options)
    .optional()
    .meta({
      description: "What a member of the organisation may do with this project. Left as it is when omitted.",
      review: [
        {
          rule: "permission-widened",
          severity: "medium",
          direction: "opens",
          when: isHigherIn(ProjectRole.options),
          message: "The person may do more with the project.",
          remedy: "Approve it if the work needs it.",
        },
        {
          ...NARROWED,
          rule: "permission-narrowed",
          when: isLowerIn(ProjectRole.options),
          message: "The person may do less with the project.",
        },
      ],
    }),
});

export const review: LifecycleReview = {
  onCreate: () => ({
    rule: "permission-given",
    severity: "medium",
    direction: "opens",
    message: "A person gets access to the project.",
    remedy: "Approve it if you know the person.",
  }),
  onDelete: () => ({ ...WITHDRAWN, rule: "permission-taken", message: "The person loses access to the project." }),
  identityInputs: ["projectId", "email"],
};

export const outputs = z.object({
  grantedAt: z.string().meta({ description: "Since when (RFC 3339)." }),
});
