import { z } from "zod";
import { OrgId, ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import { LONGEST_NAME } from "./wire.js";

export const doc =
  "An API key of Neon. Its text is told once and kept, encrypted, in the state. A key never changes: every change makes a new one before the old one is revoked.";

export const inputs = z.object({
  name: z
    .string()
    .min(1, "must not be empty")
    .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`)
    .meta({ description: "What the key is for. At Neon the mark of this resource stands behind it.", onChange: "replace" }),
  scope: z
    .enum(["project", "organization", "personal"], { error: 'must be "project", "organization" or "personal"' })
    .default("project")
    .meta({
      description:
        "What the key opens: one project; all of an organisation, as its administrator; or all that the person who makes it may see.",
      onChange: "replace",
    }),
  projectId: ProjectId.optional().meta({ description: 'The project of a key with scope "project".', onChange: "replace" }),
  orgId: OrgId.optional().meta({ description: "Organisation; the account's when omitted.", onChange: "replace" }),
});

export const rules: Rule[] = [
  {
    needs: ["scope", "projectId"],
    property: "projectId",
    holds: (key) => (key["scope"] === "project") === (key["projectId"] !== undefined),
    message: 'belongs to scope "project", and such a key needs it',
  },
  {
    needs: ["scope", "orgId"],
    property: "orgId",
    holds: (key) => !(key["scope"] === "personal" && key["orgId"] !== undefined),
    message: "a personal key belongs to no organisation: remove orgId or choose another scope",
  },
];

export const outputs = z.object({
  key: z.string().meta({ description: "The key.", secret: true, onlyAtCreate: true }),
  lastUsedAt: z.string().optional().meta({ description: "When it was used last (RFC 3339)." }),
});
