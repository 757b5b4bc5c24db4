import { z } from "zod";
import { OrgId, ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import type { LifecycleReview } from "../../engine/review.js";
import { isChanged, NAME, isHigherIn, WITHDRAWN } from "../shared/reviewRules.js";

/** Names have 64 characters at most at Neon; the ownership tag behind the name takes 33 of them (wire.ts). */
export const LONGEST_NAME = 64 - 33;

export const doc =
  "An API key of Neon. Its text is answered only at creation and kept, encrypted, in the state. A key never changes: every change makes a new one before the old one is revoked.";

export const inputs = z.object({
  name: z
    .string()
    .min(1, "must not be empty")
    .max(LONGEST_NAME, `must have at most ${LONGEST_NAME} characters`)
    .meta({ description: "What the key is for. At Neon the mark of this resource stands behind it.", onChange: "replace", review: NAME }),
  scope: z
    .enum(["project", "organization", "personal"], { error: 'must be "project", "organization" or "personal"' })
    .default("project")
    .meta({
      description:
        "What the key opens: one project; all of an organisation, as its administrator; or all that the person who makes it may see.",
      onChange: "replace",
      review: {
        rule: "key-scope-widened",
        severity: "high",
        direction: "opens",
        when: isHigherIn(["project", "organization", "personal"]),
        message: "The key opens more than before.",
        remedy: 'Keep scope: "project", and make one key for each project.',
      },
    }),
  projectId: ProjectId.optional().meta({
    refersTo: "project",
    description: 'The project of a key with scope "project".',
    onChange: "replace",
    review: {
      rule: "key-moved",
      severity: "medium",
      direction: "opens",
      when: isChanged,
      message: "The key opens another project.",
      remedy: "Approve it if its holders should reach that project.",
    },
  }),
  orgId: OrgId.optional().meta({
    description: "Organisation; the account's when omitted.",
    onChange: "replace",
    review: {
      rule: "key-moved",
      severity: "high",
      direction: "opens",
      when: (from, to, existed) => existed && from !== to,
      message: "The key opens another organisation.",
      remedy: "Approve it if its holders should reach that organisation.",
    },
  }),
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

export const review: LifecycleReview = {
  onCreate: ({ scope }) => ({
    rule: "key-made",
    direction: "opens",
    severity: scope === "organization" || scope === "personal" ? "high" : "medium",
    message:
      scope === "organization"
        ? "A new key opens everything in the organisation."
        : scope === "personal"
          ? "A new key opens all that its maker may see."
          : "A new key opens one project: whoever holds it may change who reaches it.",
    remedy: 'Prefer scope: "project", and keep the key where only its user reads it.',
  }),
  onDelete: () => ({ ...WITHDRAWN, rule: "key-revoked", message: "The key is revoked." }),
  identityInputs: [],
};

export const outputs = z.object({
  key: z.string().meta({ description: "The key.", secret: true, onlyAtCreate: true }),
  lastUsedAt: z.string().optional().meta({ description: "When it was used last (RFC 3339)." }),
});
