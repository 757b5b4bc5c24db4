import { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import { BranchRef, pgName } from "../fields.js";

export const doc =
  "A provider of tokens (JWT) whose keys Neon trusts for its Data API. Tokens without an audience are accepted even where `audience` is set. The embedded plane keeps the setting and verifies no token.";

const https = (text: string) => URL.canParse(text) && new URL(text).protocol === "https:";

export const inputs = z.object({
  projectId: ProjectId.meta({ description: "Project that trusts the provider.", onChange: "locked" }),
  jwksUrl: z
    .string()
    .refine(https, "must be an https:// URL")
    .meta({ description: "Where the provider publishes its keys.", onChange: "replace" }),
  providerName: z.string().min(1, "must not be empty").meta({ description: "The provider's name.", onChange: "replace" }),
  branchId: BranchRef.optional().meta({
    description: "One branch, by bare or composite id; the whole project when omitted.",
    onChange: "replace",
    canonical: lastPart,
  }),
  roleNames: z
    .array(pgName().meta({ description: "A role of the branch." }))
    .max(10, "must have at most 10 entries")
    .optional()
    .meta({ description: "Roles that tokens may act as; Neon's own three when omitted.", unordered: true, onChange: "replace" }),
  audience: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .meta({ description: "Tokens of another audience are refused.", onChange: "replace" }),
});

export const outputs = z.object({});
