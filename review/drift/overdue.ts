import type { Kind } from "../../provider/resources/index.js";
import { isOverdue, type RangeEntry, removalDue, textOf } from "../../provider/resources/network.js";
import { type Bag, isBag } from "../../provider/resources/settled.js";
import type { ResourceRef } from "../finding.js";
import { nameOf } from "../change/model.js";
import { kindOf } from "../../provider/resources/kind.js";
import type { Recorded } from "../change/state.js";

/** An allowlist entry whose time is over. */
export interface Ended {
  readonly range: string;
  readonly removeAfter: string;
  readonly description?: string;
}

/** A resource from whose live list entries are to go now. */
export interface Overdue {
  readonly urn: string;
  readonly resource: ResourceRef;
  readonly entries: readonly Ended[];
}

/** What the recorded state says is overdue. */
export const overdueIn = (resources: readonly Recorded[], nowMs: number): Overdue[] =>
  resources.flatMap(({ urn, type, id = "", inputs, outputs, delete: replaced }) => {
    const kind = kindOf(type);
    if (kind === undefined || replaced === true || !removalDue(outputs, nowMs)) return [];
    const resource = { kind: kind.charAt(0).toLowerCase() + kind.slice(1), id, name: nameOf(urn) };
    return [{ urn, resource, entries: endedOf(rangesOf(kind, inputs), nowMs) }];
  });

export const endedOf = (entries: readonly RangeEntry[], nowMs: number): Ended[] =>
  entries.flatMap((entry) =>
    typeof entry !== "string" && entry.removeAfter !== undefined && isOverdue(entry, nowMs)
      ? [
          {
            range: textOf(entry),
            removeAfter: entry.removeAfter,
            ...(entry.description !== undefined && { description: entry.description }),
          },
        ]
      : [],
  );

/** The entries that a resource declares; none where it declares no list, or an encrypted one. */
export function rangesOf(kind: Kind, inputs: Bag): RangeEntry[] {
  const network = kind === "Project" ? inputs["network"] : kind === "IpAllowlist" || kind === "IpAllowlistEntry" ? inputs : undefined;
  const ranges = isBag(network) ? network["ranges"] : undefined;
  return Array.isArray(ranges) ? ranges.filter(isEntry) : [];
}

const isEntry = (entry: unknown): entry is RangeEntry => typeof entry === "string" || (isBag(entry) && typeof entry["range"] === "string");
