import { isOverdue, type RangeEntry, textOf } from "../../provider/resources/network.js";
import { hasUnknown, isBag } from "../../provider/resources/settled.js";
import type { ChangeFinding } from "./finding.js";
import type { Change, Declared } from "./model.js";
import { refOf } from "./resources.js";

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

const MOST_NAMED = 5;

function entriesOf({ kind, inputs }: Declared): RangeEntry[] {
  const holder = kind === "Project" ? inputs["network"] : kind === "IpAllowlist" || kind === "IpAllowlistEntry" ? inputs : undefined;
  const ranges = isBag(holder) ? holder["ranges"] : undefined;
  return Array.isArray(ranges) ? (ranges as RangeEntry[]).filter((entry) => !hasUnknown(entry)) : [];
}
