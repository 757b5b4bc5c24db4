import { isSecret, isUnreadable, UNKNOWN } from "../../provider/introspection.js";

/** Why a value cannot be read here, as the end of a sentence: "is secret", "is known only after the update". */
export function formatUnreadableReason(value: unknown): string {
  const [secret, unknown] = [hasMatchingPart(value, isSecret), hasMatchingPart(value, (part) => part === UNKNOWN)];
  if (secret && unknown) return "is secret in part, and known only after the update in part";
  return secret ? "is secret, so it cannot be compared here" : "is known only after the update";
}

const hasMatchingPart = (value: unknown, is: (part: unknown) => boolean): boolean =>
  is(value) ||
  (isUnreadable(value) &&
    !isSecret(value) &&
    typeof value === "object" &&
    Object.values(value as object).some((part) => hasMatchingPart(part, is)));
