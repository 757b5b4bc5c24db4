import { z } from "zod";
import { ProjectId } from "../../../contract/ids.js";
import { ProjectRole } from "../../../contract/wire/projectPermission.js";
import type { LifeReview } from "../../engine/review.js";
import { oneOf } from "../fields.js";
import { ANOTHER_PERSON, LOCKED, risesIn, WITHDRAWN } from "../meanings.js";
import { Email } from "../people.js";

export const doc = "Shares one project with a person. Destroying it takes the access, and the level where one was declared.";

export const inputs = z.object({
  projectId: ProjectId.meta({ description: "Project to share.", onChange: "locked", review: LOCKED }),
  email: Email.meta({ description: "With whom.", onChange: "replace", review: ANOTHER_PERSON }),
  level: oneOf(ProjectRole.options)
    .optional()
    .meta({
      description: "What a member of the organisation may do with this project. Left as it is when omitted.",
      review: {
        ...{ rule: "permission-widened", severity: "medium", direction: "opens", when: risesIn(ProjectRole.options) },
        says: "The person may do more with the project.",
        remedy: "Approve it if the work needs it.",
      },
    }),
});

export const review: LifeReview = {
  made: () => ({
    ...{ rule: "permission-given", severity: "medium", direction: "opens" },
    says: "A person gets access to the project.",
    remedy: "Approve it if you know the person.",
  }),
  gone: () => ({ ...WITHDRAWN, rule: "permission-taken", says: "The person loses access to the project." }),
  isFor: ["projectId", "email"],
};

export const outputs = z.object({
  grantedAt: z.string().meta({ description: "Since when (RFC 3339)." }),
});
