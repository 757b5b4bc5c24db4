import { z } from "zod";
import { subtract } from "../../../contract/values.js";
import type { Rule } from "../../engine/define.js";
import { isProperties } from "../../engine/fields.js";
import type { LifecycleReview, ChangeRule } from "../../engine/review.js";
import { createBranchFields, createEnumSchema, createPgNameSchema, createPgNameInIdSchema } from "../shared/fields.js";
import { NARROWED, REPLACES, WITHDRAWN } from "../shared/reviewRules.js";
import { password, revealPassword } from "../shared/password.js";

export const doc =
  "What one role may do in one database, by SQL over the branch's read-write compute, in one transaction: all its privileges there are taken away and the declared ones given. The role is made when it does not exist, because every role made through Neon's API may do everything; a comment on it (`COMMENT ON ROLE`) says which resource has made it, and goes with it. The machine that runs `pulumi up` must be allowed to connect, and the project must keep passwords (`storePasswords`).";

/** Each privilege by itself, with where it holds: `SELECT on tables in sales`. */
function listPrivileges(value: unknown, where = ""): string[] {
  if (Array.isArray(value))
    return value.flatMap((item) => listPrivileges(item, isProperties(item) ? ` in ${JSON.stringify(item["name"])}` : where));
  if (!isProperties(value)) return typeof value === "string" ? [`${value}${where}`] : [];
  const { name: _, future, ...lists } = value;
  const given = Object.entries(lists).flatMap(([name, inner]) =>
    listPrivileges(inner, name === "privileges" ? where : ` on ${name}${where}`),
  );
  const later = future === true ? given.filter((one) => / on (?:tables|sequences|routines)/.test(one)) : [];
  return [...given, ...later.map((one) => `${one}, also of what comes later`)];
}
const formatDifference: ChangeRule["words"] = (before, after) => {
  const [had, has] = [listPrivileges(before), listPrivileges(after)];
  return [subtract(had, has).join("; ") || "nothing less", subtract(has, had).join("; ") || "nothing more"];
};

const FURTHER_PRIVILEGES: ChangeRule = {
  rule: "privileges-widened",
  severity: "medium",
  direction: "opens",
  words: formatDifference,
  when: (before, after, existed) => existed && subtract(listPrivileges(after), listPrivileges(before)).length > 0,
  message: "The role gets further privileges.",
  remedy: "Approve it if the role needs them.",
};
const FEWER_PRIVILEGES: ChangeRule = {
  ...NARROWED,
  rule: "privileges-narrowed",
  words: formatDifference,
  when: (before, after, existed) => existed && subtract(listPrivileges(before), listPrivileges(after)).length > 0,
  message: "The role loses privileges.",
};

const createPrivilegesSchema = <const W extends string>(all: readonly W[], description: string) =>
  z
    .array(createEnumSchema(all).meta({ description: "A privilege." }))
    .default([])
    .meta({ description, unordered: true, review: [FURTHER_PRIVILEGES, FEWER_PRIVILEGES] });

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
  database: createPrivilegesSchema(["CONNECT", "CREATE", "TEMPORARY"], "What it may do with the database itself."),
  schemas: z
    .array(
      z.strictObject({
        name: createPgNameSchema().meta({ description: "Schema." }),
        privileges: createPrivilegesSchema(["USAGE", "CREATE"], "What it may do with the schema itself."),
        tables: createPrivilegesSchema(
          ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
          "What it may do with every table and view in it.",
        ),
        sequences: createPrivilegesSchema(["USAGE", "SELECT", "UPDATE"], "What it may do with every sequence in it."),
        routines: createPrivilegesSchema(["EXECUTE"], "What it may do with every function and procedure in it."),
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
    holds: (grants) => {
      const names = (grants["schemas"] as { name: string }[] | undefined)?.map(({ name }) => name) ?? [];
      return new Set(names).size === names.length;
    },
    message: "names a schema twice",
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
