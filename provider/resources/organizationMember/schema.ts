import { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import { MemberRole } from "../../../contract/wire/member.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createEnumSchema } from "../shared/fields.js";
import { ANOTHER_PERSON, isLowerIn, LOCKED, NARROWED, isHigherIn, WITHDRAWN } from "../shared/reviewRules.js";
import { Email } from "../shared/email.js";

export const doc =
  "A person of an organisation. Who is none yet is invited, and becomes one by accepting; the API takes no invitation back.";

/** The least first. */
const ORDER = ["viewer", "collaborator", "member", "editor", "admin"];
const higher = isHigherIn(ORDER);

export const inputs = z.object({
  orgId: OrgId.optional().meta({ description: "Organisation; the account's when omitted.", onChange: "locked", review: LOCKED }),
  email: Email.meta({ description: "Whom.", onChange: "replace", review: ANOTHER_PERSON }),
  role: createEnumSchema(MemberRole.options).meta({
    description: "What the person may do in the organisation; `admin` may do everything. Not every organisation has all of them.",
    review: [
      {
        rule: "member-promoted",
        severity: "high",
        direction: "opens",
        when: (from, to) => from !== undefined && from !== to && to === "admin",
        message: "The person becomes an administrator, who may do everything in the organisation.",
        remedy: "Approve it if the person is to hold all keys.",
      },
      {
        rule: "member-may-do-more",
        severity: "medium",
        direction: "opens",
        when: (from, to, existed) => to !== "admin" && higher(from, to, existed),
        message: "The person may do more in the organisation.",
        remedy: "Approve it if the work needs it.",
      },
      { ...NARROWED, rule: "member-may-do-less", when: isLowerIn(ORDER), message: "The person may do less in the organisation." },
    ],
  }),
});

export const review: LifecycleReview = {
  onCreate: ({ role }) => ({
    rule: "member-invited",
    direction: "opens",
    severity: role === "admin" ? "high" : "medium",
    message: role === "admin" ? "A person becomes an administrator of the organisation." : "A person joins the organisation.",
    remedy: "Approve it if you know the person.",
  }),
  onDelete: () => ({ ...WITHDRAWN, rule: "member-removed", message: "The person leaves the organisation." }),
  identityInputs: ["orgId", "email"],
};

export const outputs = z.object({
  state: z.enum(["invited", "member"]).meta({ description: "`invited` until the person accepts." }),
});
