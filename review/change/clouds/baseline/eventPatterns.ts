import { canonicalizeJson } from "../../../../contract/canonicalJson.js";
import { getValueAt } from "../../../../contract/values.js";
import { isProperties, type Properties } from "../../../../provider/introspection.js";
import { listObjects, type Weakening } from "./weakening.js";

/** What patterns of EventBridge let through, compared by the events. */

/**
 * A pattern as JavaScript writes it, undefined for any other text: of a name that stands there twice, who reads it decides which one counts.
 */
function parsePattern(text: unknown): Properties | undefined {
  try {
    const parsed: unknown = JSON.parse(String(text));
    return isProperties(parsed) && JSON.stringify(parsed) === text ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether every event that passes `before` passes `after` as well: it asks for no field that `before` does not ask for, and each list of values, and
 * of alternatives, has at least what it had. False is no proof of the contrary.
 */
function isAtLeastAsWide(before: Properties, after: Properties): boolean {
  return Object.entries(after).every(([field, is]) => {
    const was = Object.hasOwn(before, field) ? before[field] : undefined;
    if (field === "$or")
      return Array.isArray(was) && listObjects(was).every((one) => listObjects(is).some((other) => isAtLeastAsWide(one, other)));
    if (isProperties(is)) return isProperties(was) && isAtLeastAsWide(was, is);
    if (!Array.isArray(is) || !Array.isArray(was)) return false;
    const values = new Set(is.map(canonicalizeJson));
    return was.every((value) => values.has(canonicalizeJson(value)));
  });
}

/** The least severity of GuardDuty's findings that a pattern lets through; undefined where it is another pattern. */
function findLeastSeverity(pattern: Properties): number | undefined {
  const severities = getValueAt(pattern, "detail.severity");
  const severity: unknown = Array.isArray(severities) && severities.length === 1 ? severities[0] : undefined;
  const numeric = isProperties(severity) ? severity["numeric"] : undefined;
  return Array.isArray(numeric) && numeric.length === 2 && numeric[0] === ">=" && typeof numeric[1] === "number" ? numeric[1] : undefined;
}

/** Everything else that a pattern asks for. */
const formatBesideSeverity = (pattern: Properties): string => {
  const { detail, ...rest } = pattern;
  const { severity: _, ...others } = isProperties(detail) ? detail : {};
  return canonicalizeJson({ ...rest, detail: others });
};

/** The least severities of two patterns that differ in nothing else. */
function compareSeverities(before: Properties, after: Properties): readonly [number, number] | undefined {
  const [least, other] = [findLeastSeverity(before), findLeastSeverity(after)];
  const isRestSame = formatBesideSeverity(before) === formatBesideSeverity(after);
  return isRestSame && least !== undefined && other !== undefined ? [least, other] : undefined;
}

/** What surely tells no less is let through; of any other pattern nobody here weighs what it tells. */
export function comparePatterns(before: Properties, after: Properties): Weakening[] {
  if (before["eventPattern"] === after["eventPattern"]) return [];
  const [was, is] = [parsePattern(before["eventPattern"]), parsePattern(after["eventPattern"])];
  const severities = was && is && compareSeverities(was, is);
  if (was && is && (isAtLeastAsWide(was, is) || (severities && severities[1] <= severities[0]))) return [];
  return [
    {
      rule: "threat-detection-weakened",
      severity: "medium",
      direction: "destroys",
      property: "eventPattern",
      ...(severities && { before: `severity from ${severities[0]}`, after: `severity from ${severities[1]}` }),
      says: "Events that were told may no longer be.",
      remedy: "Keep the pattern, and add a rule for what else is to be told.",
    },
  ];
}
