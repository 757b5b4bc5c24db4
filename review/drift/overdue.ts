import {
  type Kind,
  isEndOverdue,
  isOverdue,
  type RangeEntry,
  isRemovalDue,
  getRangeText,
  type Properties,
  isProperties,
  findKind,
} from "../../provider/introspection.js";
import type { ResourceRef } from "../finding.js";
import { getUrnName } from "../change/change.js";
import type { RecordedResource } from "../change/state.js";

/** An allowlist entry whose time is over. */
export interface EndedEntry {
  readonly range: string;
  readonly removeAfter: string;
  readonly description?: string;
}

/** A resource from whose live list entries are to go now, or that is to end itself. */
export interface OverdueResource {
  readonly urn: string;
  readonly resource: ResourceRef;
  readonly entries: readonly EndedEntry[];
  /** Temporary access at Neon whose time is over. */
  readonly access?: EndedAccess;
}

export interface EndedAccess {
  readonly roleName: string;
  /** RFC 3339. */
  readonly until: string;
}

/** What the recorded state says is overdue. */
export const listOverdue = (resources: readonly RecordedResource[], nowMs: number): OverdueResource[] =>
  resources.flatMap(({ urn, type, id = "", inputs, outputs, delete: replaced }) => {
    const kind = findKind(type);
    if (kind === undefined || replaced === true) return [];
    const resource = { kind: kind.charAt(0).toLowerCase() + kind.slice(1), id, name: getUrnName(urn) };
    const access = kind === "TemporaryAccess" ? findEndedAccess(outputs, nowMs) : undefined;
    if (access) return [{ urn, resource, entries: [], access }];
    if (!isRemovalDue(outputs, nowMs)) return [];
    return [{ urn, resource, entries: listEnded(listDeclaredRanges(kind, inputs), nowMs) }];
  });

/** @param recorded inputs and outputs of a TemporaryAccess */
export const findEndedAccess = (recorded: Properties, nowMs: number): EndedAccess | undefined =>
  isEndOverdue(recorded, nowMs) ? { roleName: String(recorded["roleName"]), until: String(recorded["until"]) } : undefined;

export const listEnded = (entries: readonly RangeEntry[], nowMs: number): EndedEntry[] =>
  entries.flatMap((entry) =>
    typeof entry !== "string" && entry.removeAfter !== undefined && isOverdue(entry, nowMs)
      ? [
          {
            range: getRangeText(entry),
            removeAfter: entry.removeAfter,
            ...(entry.description !== undefined && { description: entry.description }),
          },
        ]
      : [],
  );

/** The entries that a resource declares; none where it declares no list, or an encrypted one. */
export function listDeclaredRanges(kind: Kind, inputs: Properties): RangeEntry[] {
  const network = kind === "Project" ? inputs["network"] : kind === "IpAllowlist" || kind === "IpAllowlistEntry" ? inputs : undefined;
  const ranges = isProperties(network) ? network["ranges"] : undefined;
  return Array.isArray(ranges) ? ranges.filter(isEntry) : [];
}

const isEntry = (entry: unknown): entry is RangeEntry =>
  typeof entry === "string" || (isProperties(entry) && typeof entry["range"] === "string");
