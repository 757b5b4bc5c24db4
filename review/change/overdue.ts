import { AddressSet, allowedBy, canonicalRange } from "../../contract/ranges.js";
import { isOverdue, type RangeEntry, textOf } from "../../provider/resources/network.js";
import { isBag, isUnreadable } from "../../provider/resources/settled.js";
import type { ChangeFinding } from "./finding.js";
import type { ReachabilityBuilder } from "./builder.js";
import type { Change, Declared, ResourceChange } from "./model.js";
import { refOf } from "./resourceRef.js";

/** Entries that the program still holds although their time is over. They admit nobody once the next update is done. */
export function overdueFindings({ resources }: Change, nowMs: number): ChangeFinding[] {
  return resources.flatMap((resource) => {
    const overdue = resource.after ? entriesOf(resource.after).filter((entry) => isOverdue(entry, nowMs)) : [];
    if (overdue.length === 0) return [];
    const names = overdue.slice(0, MOST_NAMED).map(textOf).join(", ");
    return [
      {
        ...{
          urn: resource.urn,
          resource: refOf(resource),
          rule: "entry-overdue",
          severity: "low",
          direction: "neutral",
          property: "ranges",
        },
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
export function lastingFindings(
  { resources }: Change,
  { projectOf }: Pick<ReachabilityBuilder, "projectOf">,
  nowMs: number,
): ChangeFinding[] {
  const projects = new Map<string, ResourceChange[]>();
  for (const resource of resources) {
    const key = projectOf.get(resource.urn);
    if (key !== undefined && (entriesAt(resource.before).length > 0 || entriesAt(resource.after).length > 0))
      projects.set(key, [...(projects.get(key) ?? []), resource]);
  }
  return [...projects.values()].flatMap((members) => lastingIn(members, nowMs)).slice(0, MOST_NAMED);
}

function lastingIn(members: readonly ResourceChange[], nowMs: number): ChangeFinding[] {
  const [before, after] = (["before", "after"] as const).map((moment) =>
    members.flatMap((resource) => [...endsOf(entriesAt(resource[moment]))].map(([range, end]) => ({ resource, range, end }))),
  ) as [Lasting[], Lasting[]];
  const endings = before.filter(({ end }) => end > nowMs && end < Infinity);
  return endings.flatMap(({ range, end }): ChangeFinding[] => {
    const stayed = setOf(before.filter((one) => one.end > end));
    // Of each entry that lasts longer, what it keeps of these addresses.
    const ended = setOf([{ range }]).minus(stayed);
    const keeps = after.find((one) => one.end > end && !setOf([one]).intersect(ended).isEmpty);
    if (keeps === undefined) return [];
    const { resource } = keeps;
    return [
      {
        ...{ urn: resource.urn, resource: refOf(resource), rule: "entry-lasts-longer", severity: "medium", direction: "opens" },
        ...{
          property: "ranges",
          before: `${range} until ${timeText(end)}`,
          after: `${keeps.range} ${keeps.end === Infinity ? "for good" : `until ${timeText(keeps.end)}`}`,
        },
        says: "Addresses of the list stay longer than they were to.",
        remedy: "Keep the end; who needs access for good belongs into a change of its own.",
      },
    ];
  });
}

interface Lasting {
  readonly resource: ResourceChange;
  readonly range: string;
  /** Milliseconds since 1970. */
  readonly end: number;
}
const setOf = (entries: readonly Pick<Lasting, "range">[]): AddressSet =>
  entries.length === 0 ? AddressSet.nobody : allowedBy(entries.map(({ range }) => range)).set;
const entriesAt = (declared: Declared | undefined): RangeEntry[] => (declared ? entriesOf(declared) : []);

const timeText = (end = 0): string => new Date(end).toISOString();

/** When each range leaves the list, in milliseconds since 1970. */
function endsOf(entries: readonly RangeEntry[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const entry of entries) {
    const range = canonicalRange(textOf(entry));
    const end = typeof entry === "string" || entry.removeAfter === undefined ? Infinity : Date.parse(entry.removeAfter);
    ends.set(range, Math.max(ends.get(range) ?? -Infinity, Number.isNaN(end) ? -Infinity : end));
  }
  return ends;
}

const MOST_NAMED = 5;

function entriesOf({ kind, inputs }: Declared): RangeEntry[] {
  const holder = kind === "Project" ? inputs["network"] : kind === "IpAllowlist" || kind === "IpAllowlistEntry" ? inputs : undefined;
  const ranges = isBag(holder) ? holder["ranges"] : undefined;
  return Array.isArray(ranges) ? (ranges as RangeEntry[]).filter((entry) => !isUnreadable(entry)) : [];
}
