import { z } from "zod";

/** A past moment of a branch, by time or by place in its log. */
export const moment = z
  .strictObject({
    timestamp: z.iso
      .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
      .optional()
      .meta({ description: "The data as of this time (RFC 3339)." }),
    lsn: z
      .string()
      .regex(/^[a-fA-F0-9]{1,8}\/[a-fA-F0-9]{1,8}$/, "must be an LSN such as 0/1DE2850")
      .optional()
      .meta({ description: "The data as of this log sequence number." }),
  })
  .refine((from) => (from.timestamp === undefined) !== (from.lsn === undefined), "needs exactly one of timestamp and lsn");
