import { canonicalizeJson } from "./canonicalJson.js";
import type { AuditPoint } from "./wire/audit.js";

/** What the first row of a stream follows. */
export const GENESIS_DIGEST = "0".repeat(64);

/** The text whose SHA-256 (of its UTF-8, hexadecimal) is the digest of a row. @param event with its digest, which is left out, or without */
export function buildDigestText(previous: string, event: Readonly<Record<string, unknown>>): string {
  const { digest: _, ...rest } = event;
  return previous + canonicalizeJson(rest);
}

/** The text that the plane signs for a place of a chain; its `type` keeps a head from passing as a checkpoint. */
export const buildPointText = ({ version, type, org_id, seq, digest, at }: Omit<AuditPoint, "public_key" | "fingerprint" | "signature">) =>
  canonicalizeJson({ version, type, org_id, seq, digest, at });
