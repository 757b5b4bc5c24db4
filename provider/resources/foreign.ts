import type { ProjectSettings } from "../../contract/wire/project.js";
import { without } from "./ipAllowlistEntry/wire.js";
import { type Network, textOf } from "./network.js";

/** Longest list and longest entry that are told whole: a list is other people's text. */
const SHOWN = 10;
const LONGEST = 64;

/** What becomes of what nobody declares. */
export const UNLESS_NAMED = "not recorded; the next update that does not name it removes it";
export const REMOVED = "not declared; removed by this update";
const LEFT = "of no IpAllowlistEntry here; left as it is";

/** What others have put into the allowlists that a run looks at. Told when the run pauses: only then is known what all of its additive entries are. */
export class Foreign {
  private readonly additive = new Map<string, { list: readonly string[]; ours: string[] }>();
  private readonly told = new Set<string>();
  private lines: string[] = [];

  /** In a list that one resource owns as a whole. */
  inOwned(projectId: string, entries: readonly string[], fate: string): void {
    if (entries.length > 0) this.lines.push(lineOf(projectId, entries, fate));
  }

  /** In a list that an IpAllowlistEntry adds to. */
  beside(projectId: string, list: readonly string[], ours: readonly string[]): void {
    this.additive.set(projectId, { list, ours: [...(this.additive.get(projectId)?.ours ?? []), ...ours] });
  }

  /** What has not been told yet, each once. */
  take(): string[] {
    const beside = [...this.additive].flatMap(([projectId, { list, ours }]) => {
      const others = without(list, ours);
      return others.length > 0 ? [lineOf(projectId, others, LEFT)] : [];
    });
    const lines = [...this.lines, ...beside].filter((line) => !this.told.has(line));
    for (const line of lines) this.told.add(line);
    this.lines = [];
    return lines;
  }
}

/** Entries of a live list that is owned as a whole, and that the record does not know. */
export const foreignIn = (settings: ProjectSettings | undefined, recorded: Partial<Network> | undefined): string[] =>
  recorded?.allow === "listed" ? without(settings?.allowed_ips?.ips ?? [], (recorded.ranges ?? []).map(textOf)) : [];

/** Of these, what the program does not take over: its list is written without them. */
export const removedBy = ({ allow, ranges = [] }: Network, foreign: readonly string[] = []): string[] =>
  allow === "listed" || allow === "anywhere" ? without(foreign, ranges.map(textOf)) : [];

const lineOf = (projectId: string, entries: readonly string[], fate: string): string =>
  `project ${projectId}, allowlist: ${shown(entries)} (${fate})`;

/** One line whatever they hold. */
function shown(entries: readonly string[]): string {
  const some = entries.slice(0, SHOWN).map((entry) => {
    const plain = entry.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
    return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
  });
  return some.join(", ") + (entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : "");
}
