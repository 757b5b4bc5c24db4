import { z } from "zod";
import { OrgId } from "../../../contract/ids.js";
import { MemberRole } from "../../../contract/wire/member.js";
import { oneOf } from "../fields.js";
import { Email } from "../people.js";

export const doc =
  "A person of an organisation. Who is none yet is invited, and becomes one by accepting; the API takes no invitation back.";

export const inputs = z.object({
  orgId: OrgId.optional().meta({ description: "Organisation; the account's when omitted.", onChange: "locked" }),
  email: Email.meta({ description: "Whom.", onChange: "replace" }),
  role: oneOf(MemberRole.options).meta({
    description: "What the person may do in the organisation; `admin` may do everything. Not every organisation has all of them.",
  }),
});

export const outputs = z.object({
  state: z.enum(["invited", "member"]).meta({ description: "`invited` until the person accepts." }),
});
