import { z } from "zod";
import { BranchResponse, Instant, Lsn } from "./branch.js";
import { Operations, Timestamp } from "./common.js";
import { EndpointsResponse } from "./endpoint.js";

/** What a branch held at one moment, kept apart from the branch. */
export const Snapshot = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string().optional(),
  lsn: z.string().optional(),
  timestamp: Timestamp.optional(),
  source_branch_id: z.string().optional(),
  created_at: Timestamp,
  expires_at: Timestamp.optional(),
  manual: z.boolean().optional(),
  full_size: z.number().optional(),
  diff_size: z.number().optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;

const Name = z.string().min(1).max(256);

/** Of the query string: the call has no body. */
export const SnapshotCreateQuery = z.object({
  timestamp: Instant.optional(),
  lsn: Lsn.optional(),
  name: Name.optional(),
  slug: z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,62}[a-z0-9])?$/, "is not a slug: a letter first, up to 64 of a-z, 0-9 and -")
    .optional(),
  expires_at: Instant.optional(),
});
export type SnapshotCreateQuery = z.infer<typeof SnapshotCreateQuery>;

/** `expires_at: null` takes the expiry away. */
export const SnapshotUpdateRequest = z.object({
  snapshot: z.object({ name: Name.optional(), expires_at: Instant.nullable().optional() }),
});
export type SnapshotUpdateRequest = z.infer<typeof SnapshotUpdateRequest>;

/** Without a target it is the branch that the snapshot was made of. */
export const SnapshotRestoreRequest = z.object({
  name: Name.optional(),
  target_branch_id: z.string().optional(),
  finalize_restore: z.boolean().optional(),
});
export type SnapshotRestoreRequest = z.infer<typeof SnapshotRestoreRequest>;

/** `name` is for the branch that is replaced. */
export const FinalizeRestoreRequest = z.object({ name: Name.optional() });

export const SnapshotResponse = z.object({ snapshot: Snapshot });
export const SnapshotsResponse = z.object({ snapshots: z.array(Snapshot) });
export const CreatedSnapshot = SnapshotResponse.extend(Operations.shape);
export const RestoredSnapshot = BranchResponse.extend(EndpointsResponse.partial().shape).extend(Operations.shape);
