import type { ProjectSettings } from "../../../contract/wire/project.js";
import { type Network, getRangeText, omitRanges } from "./network.js";

/** Longest list and longest entry that are printed in full: a list is text of others. */
const MOST_LISTED = 10;
const LONGEST_ENTRY = 64;

/** What becomes of what nobody declares. */
export const UNLESS_NAMED = "not recorded; the next update that does not name it removes it";
export const REMOVED = "not declared; removed by this update";
const LEFT = "not declared by an IpAllowlistEntry of this stack; left as it is";

/** Entries that others added to the allowlists that a run reads. Printed when the run pauses: only then are all of its additive entries known. */
export class UnmanagedEntries {
  private readonly additive = new Map<string, { list: readonly string[]; ours: string[] }>();
  private readonly reported = new Set<string>();
  private lines: string[] = [];

  /** In a list that one resource owns as a whole. */
  recordInOwnedList(projectId: string, entries: readonly string[], fate: string): void {
    if (entries.length > 0) this.lines.push(formatNotice(projectId, entries, fate));
  }

  /** In a list that an IpAllowlistEntry adds to. */
  recordInSharedList(projectId: string, list: readonly string[], ours: readonly string[]): void {
    this.additive.set(projectId, { list, ours: [...(this.additive.get(projectId)?.ours ?? []), ...ours] });
  }

  /** Notices that are not printed yet, each once. */
  takeNotices(): string[] {
    const beside = [...this.additive].flatMap(([projectId, { list, ours }]) => {
      const others = omitRanges(list, ours);
      return others.length > 0 ? [formatNotice(projectId, others, LEFT)] : [];
    });
    const lines = [...this.lines, ...beside].filter((line) => !this.reported.has(line));
    for (const line of lines) this.reported.add(line);
    this.lines = [];
    return lines;
  }
}

/** Entries of a live list that is owned as a whole, and that the record does not know. */
export const listUnmanaged = (settings: ProjectSettings | undefined, recorded: Partial<Network> | undefined): string[] =>
  recorded?.allow === "listed" ? omitRanges(settings?.allowed_ips?.ips ?? [], (recorded.ranges ?? []).map(getRangeText)) : [];

/** Of these, what the program does not take over: its list is written without them. */
export const listRemoved = ({ allow, ranges = [] }: Network, foreign: readonly string[] = []): string[] =>
  allow === "listed" || allow === "anywhere" ? omitRanges(foreign, ranges.map(getRangeText)) : [];

const formatNotice = (projectId: string, entries: readonly string[], fate: string): string =>
  `project ${projectId}, allowlist: ${formatEntries(entries)} (${fate})`;

/** One line whatever they hold. */
function formatEntries(entries: readonly string[]): string {
  const some = entries.slice(0, MOST_LISTED).map((entry) => {
    const plain = entry.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
    return plain.length > LONGEST_ENTRY ? `${plain.slice(0, LONGEST_ENTRY)}…` : plain;
  });
  return some.join(", ") + (entries.length > MOST_LISTED ? ` and ${entries.length - MOST_LISTED} more` : "");
}
