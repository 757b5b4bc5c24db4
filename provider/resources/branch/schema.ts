import { z } from "zod";
import { lastPart, ProjectId } from "../../../contract/ids.js";
import type { Rule } from "../../engine/define.js";
import { computeFields } from "../compute.js";
import { BranchRef } from "../fields.js";

export const doc = "A copy-on-write branch of a project's data, with a read-write compute of its own unless `compute` says otherwise.";

const instant = (text: string) => Date.parse(text);

export const inputs = z.object({
  projectId: ProjectId.meta({ description: "Project that owns the branch.", onChange: "locked" }),
  name: z.string().min(1, "must not be empty").max(256, "must have at most 256 characters").meta({ description: "Unique in the project." }),
  parentBranchId: BranchRef.optional().meta({
    description: "Branch to copy; the project's default branch when omitted.",
    onChange: "locked",
    canonical: lastPart,
  }),
  from: z
    .strictObject({
      timestamp: z.iso
        .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
        .optional()
        .meta({ description: "The parent's data as of this time (RFC 3339)." }),
      lsn: z
        .string()
        .regex(/^[a-fA-F0-9]{1,8}\/[a-fA-F0-9]{1,8}$/, "must be an LSN such as 0/1DE2850")
        .optional()
        .meta({ description: "The parent's data as of this log sequence number." }),
    })
    .refine((from) => (from.timestamp === undefined) !== (from.lsn === undefined), "needs exactly one of timestamp and lsn")
    .optional()
    .meta({
      description: "A past moment of the parent, within its history retention; now when omitted.",
      onChange: "locked",
      canonical: ({ timestamp, lsn }: { timestamp?: string; lsn?: string }) =>
        timestamp === undefined ? lsn?.toUpperCase() : instant(timestamp),
    }),
  initSource: z.enum(["parent-data", "schema-only"]).optional().meta({
    description: "What to copy: data and schema (`parent-data`, Neon's default), or the schema alone.",
    onChange: "locked",
  }),
  protected: z.boolean().optional().meta({
    description:
      "While true, the branch, its compute and its project can be neither deleted nor reset, and branches made from it get new passwords. Left as it is when omitted: only `false` takes protection away.",
  }),
  expiresAt: z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" }).optional().meta({
    description: "When Neon deletes the branch by itself (RFC 3339); never when omitted. Not for protected branches.",
    whenOmitted: "cleared",
    canonical: instant,
  }),
  compute: z
    .union([z.literal("none"), z.strictObject(computeFields)], 'must be "none" or an object')
    .optional()
    .meta({
      description: "The branch's read-write compute: its settings, or `none`. One with the project's defaults is made when omitted.",
    }),
});

export const rules: Rule[] = [
  {
    needs: ["protected", "expiresAt"],
    property: "expiresAt",
    holds: (branch) => !(branch["protected"] === true && branch["expiresAt"] !== undefined),
    message: "a protected branch cannot expire: remove expiresAt or set protected: false",
  },
];

export const outputs = z.object({
  host: z.string().optional().meta({ description: "Host name of the read-write compute; absent without one." }),
  pooledHost: z.string().optional().meta({ description: "Host name of its connection pooler." }),
});
