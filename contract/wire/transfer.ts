import { z } from "zod";
import { Timestamp } from "./common.js";
import { DAY_SECONDS } from "../durations.js";

/** How long the request can be accepted, in seconds; default a day, at most (our limit) 30 days. The body is optional. */
export const TransferCreateRequest = z.object({
  ttl_seconds: z
    .number()
    .int()
    .min(1)
    .max(30 * DAY_SECONDS)
    .default(DAY_SECONDS),
});

/** Who knows the id may take the project over: it is shown once. */
export const TransferRequest = z.object({ id: z.string(), project_id: z.string(), created_at: Timestamp, expires_at: Timestamp });
export type TransferRequest = z.infer<typeof TransferRequest>;

/** Without `org_id`: the organisation of the key. */
export const TransferAcceptRequest = z.object({ org_id: z.string().optional() });
