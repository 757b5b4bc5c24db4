import { z } from "zod";
import type { Rule } from "../../engine/define.js";
import { inBranch, pgNameInId } from "../fields.js";
import { password, revealPassword } from "../password.js";

export const doc =
  "A role of a branch. Neon makes its password; branches made from a protected branch get another one for a role of the same name.";

export const inputs = z.object({
  ...inBranch("role"),
  name: pgNameInId().meta({ description: "Unique in the branch.", onChange: "replace" }),
  login: z.boolean().default(true).meta({ description: "Whether the role has a password and may log in.", onChange: "replace" }),
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

export const outputs = z.object({ password });
