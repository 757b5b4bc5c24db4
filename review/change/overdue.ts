import { canonicalRange } from "../../contract/ranges.js";
import { isOverdue, type RangeEntry, textOf } from "../../provider/resources/network.js";
import { isBag, isUnreadable } from "../../provider/resources/settled.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared } from "./model.js";
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

/** Entries that stay longer than they were to: what was let in for a time is let in for good. One that was over already is a widening. */
export function lastingFindings({ resources }: Change, nowMs: number): ChangeFinding[] {
  return resources.flatMap((resource) => {
    const { before, after } = resource;
    if (!before || !after) return [];
    const ends = endsOf(entriesOf(before));
    const longer = [...endsOf(entriesOf(after))].filter(([range, end]) => {
      const was = ends.get(range) ?? Infinity;
      return was > nowMs && end > was;
    });
    return longer.slice(0, MOST_NAMED).map(([range, end]): ChangeFinding => ({
      ...{ urn: resource.urn, resource: refOf(resource), rule: "entry-lasts-longer", severity: "medium", direction: "opens" },
      ...{
        property: "ranges",
        before: `${range} until ${timeText(ends.get(range))}`,
        after: `${range} ${end === Infinity ? "for good" : `until ${timeText(end)}`}`,
      },
      says: "An entry of the list stays longer than it was to.",
      remedy: "Keep its end; who needs access for good belongs into a change of its own.",
    }));
  });
}

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
