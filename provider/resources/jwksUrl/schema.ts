import { z } from "zod";
import { getLastPart, ProjectId } from "../../../contract/ids.js";
import { isHttpsUrl } from "../../../contract/urls.js";
import type { LifecycleReview, ChangeRule } from "../../engine/review.js";
import { BranchRef, createPgNameSchema } from "../shared/fields.js";
import { LOCKED, WITHDRAWN } from "../shared/reviewRules.js";

export const doc =
  "A provider of tokens (JWT) whose keys Neon trusts for its Data API. Tokens without an audience are accepted even where `audience` is set. The embedded plane keeps the setting and verifies no token.";

const OTHER_TOKENS: ChangeRule = {
  rule: "trust-widened",
  severity: "medium",
  direction: "opens",
  when: (from, to, existed) => existed && JSON.stringify(from) !== JSON.stringify(to),
  message: "The project trusts other tokens than before.",
  remedy: "Approve it if you know who signs them.",
};

/** As the URL standard spells it: the host in small letters, no default port. */
const canonicalizeUrl = (text: string): string => (URL.canParse(text) ? new URL(text).href : text);

export const inputs = z.object({
  projectId: ProjectId.meta({ refersTo: "project", description: "Project that trusts the provider.", onChange: "locked", review: LOCKED }),
  jwksUrl: z
    .string()
    .refine(isHttpsUrl, "must be an https:// URL")
    .meta({ description: "Where the provider publishes its keys.", onChange: "replace", canonical: canonicalizeUrl, review: OTHER_TOKENS }),
  providerName: z
    .string()
    .min(1, "must not be empty")
    .meta({ description: "The provider's name.", onChange: "replace", review: OTHER_TOKENS }),
  branchId: BranchRef.optional().meta({
    refersTo: "branch",
    description: "One branch, by bare or composite id; the whole project when omitted.",
    onChange: "replace",
    canonical: getLastPart,
    review: OTHER_TOKENS,
  }),
  roleNames: z
    .array(createPgNameSchema().meta({ description: "A role of the branch." }))
    .max(10, "must have at most 10 entries")
    .optional()
    .meta({
      description: "Roles that tokens may act as; Neon's own three when omitted.",
      unordered: true,
      onChange: "replace",
      review: OTHER_TOKENS,
    }),
  audience: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .meta({
      description: "Tokens of another audience are refused.",
      onChange: "replace",
      review: {
        ...OTHER_TOKENS,
        message: "Tokens of another audience are then accepted.",
        remedy: "Name the one audience that your tokens carry.",
      },
    }),
});

export const review: LifecycleReview = {
  onCreate: () => ({
    rule: "trust-added",
    severity: "medium",
    direction: "opens",
    message: "The project trusts tokens that this provider signs; what they reach is not judged here.",
    remedy: "Approve it if you know who signs them.",
  }),
  onDelete: () => ({ ...WITHDRAWN, rule: "trust-ended", message: "Tokens of this provider are no longer accepted." }),
  identityInputs: [],
};

export const outputs = z.object({});
