/**
 * Why a value cannot be one part of a path of the API; undefined when it can, whatever else it holds. The URL library takes "." and ".." for
 * folders, and an empty part addresses the list it would be in.
 */
export function findPathPartProblem(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? undefined : "is not a whole number";
  if (typeof value !== "string") return "is not a text";
  if (value === "") return "must not be empty";
  if (value === "." || value === "..") return 'must not be "." or "..", which the API cannot address';
  // Lone surrogates have no encoding.
  if (/[\p{Cc}\p{Surrogate}]/u.test(value)) return "must not hold control characters or broken ones";
  return undefined;
}
