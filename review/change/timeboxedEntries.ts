import { AddressSet, parseAllowlist, canonicalizeRange } from "../../contract/ranges.js";
import { isOverdue, type RangeEntry, getRangeText, isProperties, isUnreadable } from "../../provider/introspection.js";
import type { ChangeFinding } from "./finding.js";
import type { ReachabilityBuilder } from "./reachabilityBuilder.js";
import type { Change, Declared, ResourceChange } from "./change.js";
import { toResourceRef } from "./resourceRef.js";

/** Entries that the program still holds although their time is over. They admit nobody once the next update is done. */
export function judgeOverdueEntries({ resources }: Change, nowMs: number): ChangeFinding[] {
  return resources.flatMap((resource) => {
    const overdue = resource.after ? listEntries(resource.after).filter((entry) => isOverdue(entry, nowMs)) : [];
    if (overdue.length === 0) return [];
    const names = overdue.slice(0, MOST_NAMED).map(getRangeText).join(", ");
    return [
      {
        urn: resource.urn,
        resource: toResourceRef(resource),
        rule: "entry-overdue",
        severity: "low",
        direction: "neutral",
        property: "ranges",
        after: overdue.length > MOST_NAMED ? `${names} and ${overdue.length - MOST_NAMED} more` : names,
        says: `${overdue.length} time-boxed ${overdue.length === 1 ? "entry is" : "entries are"} over and no longer sent.`,
        remedy: "Take what is over out of the program.",
      },
    ];
  });
}

/**
 * Addresses that stay longer than they were to, by whatever entries: what was let in for a time is let in for good. What was over already is a
 * widening. A list is looked at with all others of its project.
 */
export function judgeExtendedEntries(
  { resources }: Change,
  { projectOf }: Pick<ReachabilityBuilder, "projectOf">,
  nowMs: number,
): ChangeFinding[] {
  const projects = new Map<string, ResourceChange[]>();
  for (const resource of resources) {
    const key = projectOf.get(resource.urn);
    if (key !== undefined && (listEntriesAt(resource.before).length > 0 || listEntriesAt(resource.after).length > 0))
      projects.set(key, [...(projects.get(key) ?? []), resource]);
  }
  return [...projects.values()].flatMap((members) => judgeExtensions(members, nowMs)).slice(0, MOST_NAMED);
}

function judgeExtensions(members: readonly ResourceChange[], nowMs: number): ChangeFinding[] {
  const [before, after] = (["before", "after"] as const).map((moment) =>
    members.flatMap((resource) => [...computeEnds(listEntriesAt(resource[moment]))].map(([range, end]) => ({ resource, range, end }))),
  ) as [TimeboxedRange[], TimeboxedRange[]];
  const endings = before.filter(({ end }) => end > nowMs && end < Infinity);
  return endings.flatMap(({ range, end }): ChangeFinding[] => {
    const stayed = toAddressSet(before.filter((one) => one.end > end));
    // Of each entry that lasts longer, what it keeps of these addresses.
    const ended = toAddressSet([{ range }]).subtract(stayed);
    const keeps = after.find((one) => one.end > end && !toAddressSet([one]).intersect(ended).isEmpty);
    if (keeps === undefined) return [];
    const { resource } = keeps;
    return [
      {
        urn: resource.urn,
        resource: toResourceRef(resource),
        rule: "entry-lasts-longer",
        severity: "medium",
        direction: "opens",
        property: "ranges",
        before: `${range} until ${formatTime(end)}`,
        after: `${keeps.range} ${keeps.end === Infinity ? "for good" : `until ${formatTime(keeps.end)}`}`,
        says: "Addresses of the list stay longer than they were to.",
        remedy: "Keep the end; who needs access for good belongs into a change of its own.",
      },
    ];
  });
}

interface TimeboxedRange {
  readonly resource: ResourceChange;
  readonly range: string;
  /** Milliseconds since 1970. */
  readonly end: number;
}
const toAddressSet = (entries: readonly Pick<TimeboxedRange, "range">[]): AddressSet =>
  entries.length === 0 ? AddressSet.nobody : parseAllowlist(entries.map(({ range }) => range)).set;
const listEntriesAt = (declared: Declared | undefined): RangeEntry[] => (declared ? listEntries(declared) : []);

const formatTime = (end = 0): string => new Date(end).toISOString();

/** When each range leaves the list, in milliseconds since 1970. */
function computeEnds(entries: readonly RangeEntry[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const entry of entries) {
    const range = canonicalizeRange(getRangeText(entry));
    const end = typeof entry === "string" || entry.removeAfter === undefined ? Infinity : Date.parse(entry.removeAfter);
    ends.set(range, Math.max(ends.get(range) ?? -Infinity, Number.isNaN(end) ? -Infinity : end));
  }
  return ends;
}

const MOST_NAMED = 5;

function listEntries({ kind, inputs }: Declared): RangeEntry[] {
  const holder = kind === "Project" ? inputs["network"] : kind === "IpAllowlist" || kind === "IpAllowlistEntry" ? inputs : undefined;
  const ranges = isProperties(holder) ? holder["ranges"] : undefined;
  return Array.isArray(ranges) ? (ranges as RangeEntry[]).filter((entry) => !isUnreadable(entry)) : [];
}
