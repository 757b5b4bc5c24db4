import { isSecret, isUnreadable, UNKNOWN } from "../../provider/resources/settled.js";

/** Why a value cannot be read here, as the end of a sentence: "is secret", "is known only after the update". */
export function whyUnreadable(value: unknown): string {
  const [secret, unknown] = [holds(value, isSecret), holds(value, (part) => part === UNKNOWN)];
  if (secret && unknown) return "is secret in part, and known only after the update in part";
  return secret ? "is secret, so it cannot be compared here" : "is known only after the update";
}

const holds = (value: unknown, is: (part: unknown) => boolean): boolean =>
  is(value) ||
  (isUnreadable(value) && !isSecret(value) && typeof value === "object" && Object.values(value as object).some((part) => holds(part, is)));
