import { createHash } from "node:crypto";
import { buildDigestText } from "../contract/auditChain.js";

/** The digest of a row of audit, hexadecimal. @param previous the digest of the row before it in its stream */
export const computeRowDigest = (previous: string, event: Readonly<Record<string, unknown>>): string =>
  createHash("sha256").update(buildDigestText(previous, event)).digest("hex");
