import { z } from "zod";
import {
  AccessTerms,
  listOtherTerms,
  LONGEST_ACCESS_DAYS,
  LONGEST_ACCESS_MS,
  PersonName,
  readApproval,
} from "../../../contract/temporaryAccess.js";
import { hasUnknown } from "../../engine/fields.js";
import type { Properties, Rule } from "../../engine/define.js";
import type { ChangeRule, LifecycleReview, ReviewNote } from "../../engine/review.js";
import { createBranchFields, createEnumSchema, createPgNameInIdSchema, createPgNameSchema } from "../shared/fields.js";
import { databasePrivileges, namesEachSchemaOnce, REPEATED_SCHEMA, schemaPrivileges } from "../shared/privilegeFields.js";
import { password, revealPassword } from "../shared/password.js";
import { instant, truncateToSecond } from "../shared/timeFields.js";
import { FEWER_PRIVILEGES, FURTHER_PRIVILEGES } from "../shared/privilegeReviews.js";
import { REPLACES, WITHDRAWN } from "../shared/reviewRules.js";

export const doc =
  "Access to a branch that a second person approved and that ends: a role that has these privileges until then, and nothing else. A change of any of it needs an approval of its own and makes the access anew, with another password. On the embedded plane it ends by itself, whether anybody runs `pulumi up` or not: nobody logs in as the role any more, its sessions are closed and it is dropped; the plane proves the approval, and has its statements in the audit, without their constants. Neon's API has no such call: there SQL makes the role, over the branch's read-write compute (the project must keep passwords, and the machine that runs `pulumi up` be allowed to connect), Postgres takes its password no longer than that, and `palisade enforce` ends it: until that runs, sessions go on and the role stays, which `palisade drift` says. Nothing at Neon proves the approval's signature.";

const text = (most: number) => z.string().min(1, "must not be empty").max(most, `must have at most ${most} characters`);

const UNAPPROVED: ReviewNote = {
  rule: "access-unapproved",
  severity: "high",
  direction: "opens",
  message: "Nobody else has approved this temporary access; it will be refused.",
  remedy: "Let a second person sign it: palisade approve-access.",
};

const isOther: ChangeRule["when"] = (before, after, existed) => existed && before !== after;

export const inputs = z.object({
  ...createBranchFields("database"),
  databaseName: createPgNameSchema().meta({
    description: "Database that the role works in.",
    review: {
      rule: "access-moved",
      severity: "medium",
      direction: "opens",
      when: isOther,
      message: "Temporary access is to another database.",
      remedy: "Approve it if the work is there.",
    },
  }),
  roleName: createPgNameInIdSchema().meta({
    description: "Role that is made for it. None of that name may be there.",
    onChange: "replace",
    review: REPLACES,
  }),
  privileges: z
    .strictObject({
      database: databasePrivileges,
      schemas: z
        .array(z.strictObject(schemaPrivileges))
        .default([])
        .meta({ description: "By schema, of what is there by now; of what is made later, nothing.", unordered: true }),
    })
    .meta({ description: "What the role may do.", review: [FURTHER_PRIVILEGES, FEWER_PRIVILEGES] }),
  until: instant.meta({
    description: `When it ends (RFC 3339); at most ${LONGEST_ACCESS_DAYS} days ahead.`,
    canonical: truncateToSecond,
    review: {
      rule: "access-prolonged",
      severity: "medium",
      direction: "opens",
      when: (before, after, existed) => existed && Date.parse(String(after)) > Date.parse(String(before)),
      message: "Temporary access ends later.",
      remedy: "Approve it if the work needs more time.",
    },
  }),
  reason: text(500).meta({ description: "Why, for whoever approves it and for the audit.", review: { silent: "words for people" } }),
  requester: PersonName.meta({
    description: "Who asks for it, as the plane's list of approvers would name them. Nobody approves their own.",
    review: {
      rule: "access-for-another",
      severity: "medium",
      direction: "opens",
      when: isOther,
      message: "Temporary access is for another person.",
      remedy: "Approve it if you know who asks and why.",
    },
  }),
  approval: z
    .string()
    .optional()
    .meta({
      description: "What `palisade approve-access` wrote. No secret: it names what it is about, and is used once.",
      canonical: (file: string) => file.trim(),
      review: { ...UNAPPROVED, compares: "declared", when: (before, after) => before !== undefined && after === undefined },
    }),
  revealPassword,
});

const TERMS = Object.keys(AccessTerms.shape) as (keyof AccessTerms)[];

/** Of what is known by now: what is not is for `check`, and for the plane. */
const isOfOtherTerms = (access: Properties): boolean => !hasUnknown(access) && listUnapproved(access).length > 0;

/** The terms that an approval has otherwise; none where it or they cannot be read, which their own checks say. */
function listUnapproved(access: Properties): string[] {
  const asked = AccessTerms.safeParse(Object.fromEntries(TERMS.map((name) => [name, access[name]])));
  const read = readApproval(String(access["approval"]));
  return asked.success && !("why" in read) ? listOtherTerms(read.approval, asked.data) : [];
}

export const rules: Rule[] = [
  {
    needs: ["approval"],
    property: "approval",
    holds: ({ approval }) => typeof approval !== "string" || !("why" in readApproval(approval)),
    message: "was not written by palisade approve-access",
  },
  {
    needs: ["approval", ...TERMS],
    property: "approval",
    holds: (access) => access["approval"] === undefined || listUnapproved(access).length === 0,
    message: "is of other terms: every one must be as it was signed",
  },
  { needs: ["privileges"], property: "privileges", holds: ({ privileges }) => namesEachSchemaOnce(privileges), message: REPEATED_SCHEMA },
  {
    needs: ["until"],
    property: "until",
    holds: ({ until }) => Date.parse(String(until)) - Date.now() <= LONGEST_ACCESS_MS,
    message: `must be at most ${LONGEST_ACCESS_DAYS} days ahead`,
  },
];

export const review: LifecycleReview = {
  onCreate: ({ until, approval, ...rest }) =>
    approval === undefined || isOfOtherTerms({ until, approval, ...rest })
      ? UNAPPROVED
      : {
          rule: "temporary-access-given",
          severity: "medium",
          direction: "opens",
          message: `A role gets access that ends${typeof until === "string" ? ` at ${until}` : ""}; at Neon when palisade enforce runs after that.`,
          remedy: "Approve it if you know who asks and why.",
        },
  onDelete: () => ({ ...WITHDRAWN, rule: "temporary-access-ended", message: "Temporary access ends: the role is dropped." }),
  identityInputs: ["branchId", "roleName"],
};

export const outputs = z.object({
  status: createEnumSchema(["granting", "active", "ended"]).meta({
    description: "`ended` once its time is over; at Neon once `palisade enforce` has ended it.",
  }),
  approver: z
    .string()
    .optional()
    .meta({ description: "Who signed the approval, as the plane's list names them. Absent at Neon, where nothing proves it." }),
  password,
});
