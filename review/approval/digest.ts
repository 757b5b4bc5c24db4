import { createHash } from "node:crypto";
import { canonicalizeJson } from "../../contract/canonicalJson.js";

/** SHA-256 of the canonical text, in hex. */
export const computeDigest = (value: unknown): string => createHash("sha256").update(canonicalizeJson(value)).digest("hex");
