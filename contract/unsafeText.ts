/** Names come from other people: they must neither move the cursor, colour the terminal nor turn the reading direction, there or on a page. */

/**
 * Controls, formats (bidirectional marks, zero widths, tags), lone surrogates, private and unassigned code points, line and paragraph separators; what else
 * draws nothing (fillers, joiners, selectors of a variant, but for the one that makes a picture of a picture); and marks on a letter that has four: they
 * would be drawn over the lines around it.
 */
export const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{DI}|(?<!\p{Extended_Pictographic})\ufe0f|(?<=\p{M}{4})\p{M}/gu;

/** The text with every such character as its escape. */
export const escapeForTerminal = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
