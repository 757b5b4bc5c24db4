import { z } from "zod";
import type { Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createBranchFields, createPgNameSchema, createPgNameInIdSchema } from "../shared/fields.js";
import { databasePrivileges, namesEachSchemaOnce, REPEATED_SCHEMA, schemaPrivileges } from "../shared/privilegeFields.js";
import { FEWER_PRIVILEGES, FURTHER_PRIVILEGES } from "../shared/privilegeReviews.js";
import { REPLACES, WITHDRAWN } from "../shared/reviewRules.js";
import { password, revealPassword } from "../shared/password.js";

export const doc =
  "What one role may do in one database, by SQL over the branch's read-write compute, in one transaction: all its privileges there are taken away and the declared ones given. The role is made when it does not exist, because every role made through Neon's API may do everything; a comment on it (`COMMENT ON ROLE`) says which resource has made it, and goes with it. The machine that runs `pulumi up` must be allowed to connect, and the project must keep passwords (`storePasswords`).";

export const inputs = z.object({
  ...createBranchFields("database"),
  databaseName: createPgNameInIdSchema().meta({
    description: "Database in which the role gets its privileges.",
    onChange: "replace",
    review: REPLACES,
  }),
  roleName: createPgNameInIdSchema().meta({
    description: "Role that gets them. Not one that Neon's API made.",
    onChange: "replace",
    review: REPLACES,
  }),
  grantorName: createPgNameSchema()
    .optional()
    .meta({
      description: "Role that gives them; the owner of the database when omitted.",
      review: { silent: "who gives them changes nothing of what is given" },
    }),
  database: databasePrivileges.meta({ review: [FURTHER_PRIVILEGES, FEWER_PRIVILEGES] }),
  schemas: z
    .array(
      z.strictObject({
        ...schemaPrivileges,
        future: z.boolean().default(false).meta({ description: "Whether the same holds for what the grantor makes there later." }),
      }),
    )
    .default([])
    .meta({
      description: "By schema; in every other schema the role keeps what it has.",
      unordered: true,
      review: [FURTHER_PRIVILEGES, FEWER_PRIVILEGES],
    }),
  revokePublic: z
    .boolean()
    .optional()
    .meta({
      description:
        "Takes from everyone (PUBLIC) what Postgres gives by default: the database, these schemas and their routines. Left as it is when omitted; giving it back is not ours.",
      review: {
        rule: "public-privileges-kept",
        severity: "medium",
        direction: "opens",
        compares: "declared",
        when: (before, after) => before === true && after !== true,
        message: "What Postgres gives to everybody is no longer taken away from new schemas.",
        remedy: "Keep revokePublic: true.",
      },
    }),
  liveCheck: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether a refresh connects and compares, which wakes the compute. Without it a refresh sees no drift here.",
      review: { silent: "how a refresh looks, not what holds" },
    }),
  revealPassword,
});

export const rules: Rule[] = [
  {
    needs: ["revokePublic"],
    property: "revokePublic",
    holds: (grants) => grants["revokePublic"] !== false,
    message: "cannot give anything back to PUBLIC: remove it, or grant by SQL",
  },
  {
    needs: ["schemas"],
    property: "schemas",
    holds: namesEachSchemaOnce,
    message: REPEATED_SCHEMA,
  },
];

export const review: LifecycleReview = {
  onCreate: () => ({
    rule: "privileges-given",
    severity: "medium",
    direction: "opens",
    message: "A role gets privileges.",
    remedy: "Approve it if the role needs them.",
  }),
  onDelete: () => ({ ...WITHDRAWN, rule: "privileges-taken", message: "The role loses these privileges." }),
  identityInputs: ["branchId", "databaseName", "roleName"],
};

export const outputs = z.object({
  madeRole: z.boolean().meta({ description: "Whether this resource made the role, and will drop it.", onlyAtCreate: true }),
  password,
});
