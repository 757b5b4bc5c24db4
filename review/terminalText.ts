import type { Severity } from "../contract/findings.js";
import { UNSAFE } from "../contract/unsafeText.js";

export { escapeForTerminal } from "../contract/unsafeText.js";

/** JSON that is safe to print and parses back to the same; also a literal of TypeScript. */
export const toSafeJson = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (character) =>
    character === "\n" ? character : Array.from({ length: character.length }, (_, at) => escapeCodeUnit(character.charCodeAt(at))).join(""),
  );

const escapeCodeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;

/** At most `width` columns, cut with an ellipsis. */
export function truncate(text: string, width: number): string {
  if (countColumns(text) <= width) return text;
  let [kept, used] = ["", 0];
  for (const character of text) {
    used += countCharacterColumns(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Cut, or filled up, to exactly `width` columns. */
export function padToWidth(text: string, width: number): string {
  const short = truncate(text, width);
  return short + " ".repeat(width - countColumns(short));
}

/** Lines of at most `width` columns; a word longer than that is cut. */
export function wrapLines(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && countColumns(last) + 1 + countColumns(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(truncate(word, width));
  }
  return lines;
}

export const countColumns = (text: string): number =>
  Array.from(text).reduce((sum, character) => sum + countCharacterColumns(character), 0);

/** Characters of two columns; combining marks count as one, so that long runs of them are truncated as well. */
const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const countCharacterColumns = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** Colours a text by its severity; nothing where colours are not wanted. */
export type SeverityPainter = (severity: Severity, text: string) => string;
