/**
 * One text for equal values, whatever order their keys came in: RFC 8785 (keys sorted by UTF-16 units, nothing between the tokens).
 * What is undefined is as if absent, and null in a list, as in JSON.stringify.
 */
export function canonicalizeJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((each) => canonicalizeJson(each ?? null)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${canonicalizeJson(each)}`).join(",")}}`;
}
