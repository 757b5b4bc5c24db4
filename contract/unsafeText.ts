/** Names come from other people: they must neither move the cursor, colour the terminal nor turn the reading direction, there or on a page. */

/** Controls, formats (bidirectional marks, zero widths, tags), lone surrogates, private and unassigned code points, line and paragraph separators. */
export const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The text with every such character as its escape. */
export const escapeForTerminal = (text: string): string =>
  text.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
