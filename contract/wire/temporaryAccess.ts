import { z } from "zod";
import { AccessPrivileges, MOST_APPROVAL_CHARACTERS, PersonName } from "../temporaryAccess.js";
import { Operations, Timestamp } from "./common.js";

/** An extension of the embedded plane: Neon's API has no such object. */
export const TemporaryAccessRequest = z.object({
  temporary_access: z.strictObject({
    database_name: z.string().min(1).max(63),
    privileges: AccessPrivileges,
    /** RFC 3339. */
    until: z.iso.datetime({ offset: true }),
    reason: z.string().min(1).max(500),
    requester: PersonName,
    /** What `palisade approve-access` wrote. */
    approval: z.string().min(1).max(MOST_APPROVAL_CHARACTERS),
  }),
});
export type TemporaryAccessRequest = z.infer<typeof TemporaryAccessRequest>;

/** `granting` until Postgres has given the privileges; `problem`: why it did not, where it refused. */
export const TemporaryAccess = z.object({
  project_id: z.string(),
  branch_id: z.string(),
  role_name: z.string(),
  database_name: z.string(),
  privileges: AccessPrivileges,
  until: Timestamp,
  reason: z.string(),
  requester: z.string(),
  /** Who signed the approval. */
  approver: z.string(),
  approved_at: Timestamp,
  created_at: Timestamp,
  status: z.enum(["granting", "active", "ended"]),
  problem: z.string().optional(),
  ended_at: Timestamp.optional(),
  ended_by: z.enum(["time", "call", "role-removed"]).optional(),
});
export type TemporaryAccess = z.infer<typeof TemporaryAccess>;

export const TemporaryAccessResponse = z.object({ temporary_access: TemporaryAccess });
export const TemporaryAccessList = z.object({ temporary_access: z.array(TemporaryAccess) });
/** `password` is answered by the call that gives the access, and never again. */
export const TemporaryAccessGiven = TemporaryAccessResponse.extend({ password: z.string().optional() }).extend(Operations.shape);
