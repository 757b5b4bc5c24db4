/** Regular expressions that the prover cannot read, each with the reason why its time does no harm. The keys are as the sources have them. */
export const ACCEPTED: Readonly<Record<string, string>> = {
  "new RegExp(String(pattern))": "the pattern is the operator's own, and it meets names of at most some hundred characters",
  'new RegExp(`\\\\bnew\\\\s+(?:[\\\\w$]+\\\\s*\\\\.\\\\s*)*${classes}\\\\s*\\\\(\\\\s*(["\'\\`])${escapeRegExp(name)}\\\\1`, "g")':
    "each try begins at a `new` and ends before the next: only names, dots and blanks are passed over",
  "new RegExp(`^(?:node:)?(?:${MODULES})(?:/|$)`)": "words from the first character on, and no quantifier",
  "new RegExp(`[\"'\\`]${escapeRegExp(range)}[\"'\\`]`)": "a text between two quotes, and no quantifier",
  "new RegExp(`[\"'\\`]?\\\\b${escapeRegExp(name)}\\\\b[\"'\\`]?\\\\s*[:,}]`)": "only blanks are passed over, and only behind the name",
};
