import { truncate, escapeForTerminal } from "../terminalText.js";

/**
 * Text of a stack in Markdown. Nothing but a code span keeps all of GitHub's readings away: mentions, issue and commit references and
 * autolinks are found in the rendered text, so that no escape of single characters prevents them.
 */

const MOST_CODE_CHARACTERS = 200;
const MOST_PROSE_CHARACTERS = 600;

/** A code span. Backticks would end it, bars end a cell of a table even there, `##` begins commands of CI runners: they are shown as escapes. */
export function toCodeSpan(text: string, most = MOST_CODE_CHARACTERS): string {
  const safe = truncate(escapeForTerminal(text), most).replaceAll("`", "\\u{60}").replaceAll("|", "\\u{7c}").replaceAll("##", "#\\u{23}");
  return safe.trim() === "" ? "`(empty)`" : `\`${safe}\``;
}

/** A sentence that may hold names: plain English words stay, whatever else stands in it becomes a code span. */
export function escapeProse(text: string): string {
  const parts: string[] = [];
  let risky: string[] = [];
  const flush = () => {
    if (risky.length > 0) parts.push(toSpan(risky.join(" ")));
    risky = [];
  };
  for (const word of truncate(escapeForTerminal(text), MOST_PROSE_CHARACTERS).split(" ")) {
    if (word === "") continue;
    if (isPlain(word)) {
      flush();
      parts.push(word);
    } else risky.push(word);
  }
  flush();
  return parts.join(" ");
}

const WORD = /^["(]{0,2}(?:[A-Za-z]+(?:['-][A-Za-z]+)*|IPv[46]|\d{1,3}(?:,\d{3})*)[").,;:!?]{0,3}$/;
/** Seven digits of hexadecimal are a commit. */
const COMMIT = /[0-9a-f]{7}/i;
const isPlain = (word: string): boolean => WORD.test(word) && !COMMIT.test(word);

/** Punctuation round it stays outside. */
function toSpan(text: string): string {
  const [, open = "", core = "", close = ""] = /^(["(]{0,2})(.*?)([").,;:!?]{0,3})$/s.exec(text) ?? [];
  return core === "" ? toCodeSpan(text) : `${open}${toCodeSpan(core)}${close}`;
}
