import { z } from "zod";
import { hasControlCharacter, isReservedRole } from "../../../contract/names.js";
import type { Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { createBranchFields, createPgNameInIdSchema } from "../shared/fields.js";
import { LOGIN_MADE, NAME, ROLE_REMOVED } from "../shared/reviewRules.js";
import { password, revealPassword } from "../shared/password.js";

export const doc =
  "A role of a branch. Neon makes its password; branches made from a protected branch get another one for a role of the same name.";

export const inputs = z.object({
  ...createBranchFields("role"),
  name: createPgNameInIdSchema()
    .refine((name) => !isReservedRole(name), "is reserved: choose another name")
    .refine((name) => !hasControlCharacter(name), "must not contain a control character")
    .meta({ description: "Unique in the branch.", onChange: "replace", review: NAME }),
  login: z
    .boolean()
    .default(true)
    .meta({
      description: "Whether the role has a password and may log in.",
      onChange: "replace",
      review: {
        rule: "login-allowed",
        severity: "medium",
        direction: "opens",
        when: (from, to) => from === false && to !== false,
        message: "The role may log in.",
        remedy: "Approve it if somebody is to use it.",
      },
    }),
  revealPassword,
});

export const rules: Rule[] = [
  {
    needs: ["login", "revealPassword"],
    property: "revealPassword",
    holds: (role) => !(role["login"] === false && role["revealPassword"] === true),
    message: "a role that may not log in has no password: remove revealPassword or set login: true",
  },
];

export const review: LifecycleReview = {
  onCreate: ({ login }) => (login === false ? undefined : LOGIN_MADE),
  onDelete: () => ({
    ...ROLE_REMOVED,
    message: "The role is dropped: who logs in with it loses access.",
    remedy: "Make sure that nobody uses it.",
  }),
};

export const outputs = z.object({ password });
