import type { ExportedFile } from "../exportedFindings.js";
import type { PostureFinding, Status } from "../report.js";

/** What the page and the text say of a status. */
export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  fails: "fails",
  notKnown: "not known",
  excepted: "excepted",
  holds: "holds",
  notApplicable: "nothing to judge",
  notAvailable: "not available at Neon",
};

/** `2026-11-30` */
export const formatDay = (time: string): string => time.slice(0, 10);
/** `2026-11-30 03:14 UTC` */
export const formatMinute = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

export const formatDue = ({ overdue, dueAt }: Pick<PostureFinding, "overdue" | "dueAt">): string =>
  overdue ? `overdue since ${formatDay(dueAt)}` : `by ${formatDay(dueAt)}`;

export const formatCount = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** What became of the findings of a file. */
export const formatExportCounts = ({ findings, judged, unrated, closed, untagged, tagsUnknown }: ExportedFile): string =>
  [
    `${formatCount(findings, "finding")}: ${judged} judged`,
    `${closed} closed or informational`,
    `${unrated} without a severity, so not known`,
    `counted and not judged: ${untagged} of what lacks the tags, ${tagsUnknown} of what no file has tags of`,
  ].join(", ");

/** Whole numbers, ascending: `1-3, 7`. */
export function formatRanges(numbers: readonly number[]): { first: number; text: string }[] {
  const ranges: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const range = ranges.at(-1);
    if (range?.last === number - 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => ({ first, text: first === last ? String(first) : `${first}-${last}` }));
}
