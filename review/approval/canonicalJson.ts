import { createHash } from "node:crypto";

/** One text for equal values: keys sorted, nothing between the tokens; undefined is as if absent. */
export const toCanonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (isPlain(inner) ? sortKeys(inner) : inner));

/** SHA-256 of the canonical text, in hex. */
export const computeDigest = (value: unknown): string => createHash("sha256").update(toCanonicalJson(value)).digest("hex");

const isPlain = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const sortKeys = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
