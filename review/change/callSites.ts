/** A file of the program. */
export interface SourceFile {
  /** As it is shown: relative to the program's folder, or to the repository. */
  readonly path: string;
  readonly text: string;
}

/** A place that constructs a resource: `new neon.Branch("main", …)`, the whole of it. */
export interface CallSite {
  readonly file: SourceFile;
  readonly from: number;
  readonly to: number;
  /** Type token of the component whose class it stands in; undefined outside of any. */
  readonly component: string | undefined;
}

/** Every place in a file that constructs a resource of the class with the name, comments apart. */
export function callSitesIn(file: SourceFile, kind: string, name: string): CallSite[] {
  if (!file.text.includes(name) || !file.text.includes(kind)) return [];
  const code = withoutComments(file.text);
  const classes = kind === "Branch" ? "(?:Branch|ProtectedBranch)" : kind;
  const call = new RegExp(`\\bnew\\s+(?:[\\w$]+\\s*\\.\\s*)*${classes}\\s*\\(\\s*(["'\`])${escaped(name)}\\1`, "g");
  const starts = [...code.matchAll(call)].map(({ index }) => index);
  const components = starts.length === 0 ? [] : componentsIn(code);
  return starts.map((from) => {
    const around = components.filter((one) => one.from < from && from < one.to);
    return { file, from, to: endOfBracket(code, code.indexOf("(", from)), component: around.at(-1)?.type };
  });
}

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

const TOKENS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[^]*?\*\/|[()[\]{}]/g;

/** The same text, of the same length, with blanks for comments. */
const withoutComments = (text: string): string =>
  text.replace(TOKENS, (token) => (token.startsWith("//") || token.startsWith("/*") ? token.replace(/[^\n]/g, " ") : token));

/** Classes that name their type token: `class Web extends pulumi.ComponentResource { constructor(…) { super("acme:index:Web", …`. */
function componentsIn(code: string): { from: number; to: number; type: string }[] {
  return [...code.matchAll(/\bclass\s+[\w$]*\s*extends\s+[\w$.]+[^{]*\{/g)].flatMap(({ index: from, 0: head }) => {
    const to = endOfBracket(code, from + head.length - 1);
    const [, , type] = /\bsuper\s*\(\s*(["'`])([^"'`]+)\1/.exec(code.slice(from, to)) ?? [];
    return type === undefined ? [] : [{ from, to, type }];
  });
}

/** Behind the bracket that closes the one at `open`; strings and comments are passed over. */
function endOfBracket(text: string, open: number): number {
  let depth = 0;
  const tokens = new RegExp(TOKENS);
  tokens.lastIndex = open;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if ("([{".includes(token[0])) depth += 1;
    else if (")]}".includes(token[0])) depth -= 1;
    if (depth === 0) return tokens.lastIndex;
  }
  return text.length;
}
