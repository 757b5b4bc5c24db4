import { isAlike, isKnown, type Properties } from "../values.js";

/**
 * Inputs after a refresh, as the real provider makes them: of those recorded, what the object says by now, in the recorded spelling while it says
 * the same. What AWS does not return, such as the deletion window of a key, stays.
 */
export const refreshRecorded = (inputs: Properties, _state: Properties, live: Properties): Properties =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, before]) => {
      const after = live[name];
      return [name, !isKnown(after) || isAlike(before, after) ? before : after];
    }),
  );

/** Tags by name, as both AWS' APIs have them. */
export function toTags(value: unknown): Record<string, string> {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]));
}

/** What brings the tags `before` to `after`. */
export function computeTagChanges(before: unknown, after: unknown): { set: Record<string, string>; removed: string[] } {
  const [old, wanted] = [toTags(before), toTags(after)];
  return {
    set: Object.fromEntries(Object.entries(wanted).filter(([name, text]) => old[name] !== text)),
    removed: Object.keys(old).filter((name) => !(name in wanted)),
  };
}
