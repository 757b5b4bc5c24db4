import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";

/** Lines around a change. */
const CONTEXT = 3;
/** Beyond so many differing lines the shortest way is not searched: all of the one text is replaced by all of the other. */
const MAX_EDITS = 1_000;

interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The changes from one text to another as `diff -u` writes them; "" for equal texts. Both end with a line break, or are empty. */
export function formatUnifiedDiff(from: NamedText, to: NamedText): string {
  if (from.text === to.text) return "";
  const options = { context: CONTEXT, maxEditLength: MAX_EDITS };
  const patch = structuredPatch(from.name, to.name, from.text, to.text, undefined, undefined, options) ?? buildReplacement(from, to);
  return formatPatch(patch, FILE_HEADERS_ONLY);
}

function buildReplacement(from: NamedText, to: NamedText): Parameters<typeof formatPatch>[0] {
  const [before, after] = [splitLines(from.text), splitLines(to.text)];
  const lines = [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
  const hunk = { oldStart: 1, oldLines: before.length, newStart: 1, newLines: after.length, lines };
  return { oldFileName: from.name, newFileName: to.name, oldHeader: undefined, newHeader: undefined, hunks: [hunk] };
}

const splitLines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
