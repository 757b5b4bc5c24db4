import { z } from "zod";

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * A place of a stream's chain, signed by the plane (Ed25519 over `buildPointText`): its last row, or the last one that was pruned. All of it is
 * ours: Neon's API has no audit.
 */
export const AuditPoint = z.object({
  version: z.literal(1),
  type: z.enum(["audit-head", "audit-checkpoint"]),
  /** Null: the plane's own stream. */
  org_id: z.string().nullable(),
  /** 0 where there is no row yet. */
  seq: z.number().int().min(0),
  digest: Digest,
  /** RFC 3339: of that row; null where there is none. */
  at: z.iso.datetime().nullable(),
  /** SPKI, DER, base64. */
  public_key: z.string(),
  /** SHA-256 of the public key's DER, hexadecimal: as in certificates of erasure. */
  fingerprint: Digest,
  /** Base64. */
  signature: z.string(),
});
export type AuditPoint = z.infer<typeof AuditPoint>;

/** Answer of `GET /x-palisade/audit/head`. `checkpoint`: where rows were pruned, the last of them; the rest verifies from it. */
export const AuditHead = z.object({ head: AuditPoint, checkpoint: AuditPoint.optional() });
export type AuditHead = z.infer<typeof AuditHead>;

/** A row as it is, whatever it holds: its digest is of every field, known or not. */
export const AuditRow = z.looseObject({ seq: z.number(), digest: z.string() });
export type AuditRow = z.infer<typeof AuditRow>;

/** Answer of `GET /x-palisade/audit/events`, in the order of the chain. With a filter a page may be empty and have a `next`. */
export const AuditEventsPage = z.object({
  events: z.array(AuditRow),
  /** `examined`: the place of the last row that was looked at. */
  pagination: z.object({ examined: z.number().int(), next: z.string().optional() }),
});

/** Types of `AuditEvent`, in the order in which help lists them. */
export const AUDIT_EVENT_TYPES = ["change", "connection", "connection-end", "refusals-counted", "statement", "anomaly"] as const;
