import { z } from "zod";
import { inBranch } from "../fields.js";
import { moment } from "../moment.js";

export const doc =
  "What a root branch held at one moment, kept apart from the branch until it is deleted or expires. Restoring it is not Pulumi's business: it gives the branch another id (`palisade rebind`).";

const instant = (text: string) => Date.parse(text);

export const inputs = z.object({
  ...inBranch("data"),
  name: z.string().min(1, "must not be empty").max(256, "must have at most 256 characters").meta({ description: "Name of the snapshot." }),
  from: moment.optional().meta({
    description: "A past moment of the branch, within its history retention; now when omitted.",
    onChange: "locked",
    canonical: ({ timestamp, lsn }: { timestamp?: string; lsn?: string }) =>
      timestamp === undefined ? lsn?.toUpperCase() : instant(timestamp),
  }),
  expiresAt: z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" }).optional().meta({
    description: "When Neon deletes the snapshot by itself (RFC 3339); never when omitted.",
    whenOmitted: "cleared",
    canonical: instant,
  }),
});

export const outputs = z.object({
  createdAt: z.string().meta({ description: "When it was made (RFC 3339)." }),
});
