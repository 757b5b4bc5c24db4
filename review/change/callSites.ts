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
export function findCallSites(file: SourceFile, kind: string, name: string): CallSite[] {
  if (!file.text.includes(name) || !file.text.includes(kind)) return [];
  const code = blankComments(file.text);
  const classes = kind === "Branch" ? "(?:Branch|ProtectedBranch)" : kind;
  const call = new RegExp(`\\bnew\\s+(?:[\\w$]+\\s*\\.\\s*)*${classes}\\s*\\(\\s*(["'\`])${escapeRegExp(name)}\\1`, "g");
  const starts = [...code.matchAll(call)].map(({ index }) => index);
  if (starts.length === 0) return [];
  const closings = findClosings(code);
  const components = findComponents(code, closings);
  return starts.map((from) => {
    const around = components.filter((one) => one.from < from && from < one.to);
    return { file, from, to: closings.get(code.indexOf("(", from)) ?? code.length, component: around.at(-1)?.type };
  });
}

export const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export const getLineNumber = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

interface Token {
  /** What it begins with: a quote, the mark of a comment, or the bracket that it is. */
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** Behind what closes what begins at `from`; undefined where nothing does. A quote ends with its line. */
const ENDS: Readonly<Record<string, (text: string, from: number) => number | undefined>> = {
  '"': (text, from) => findEndOfQuote(/(?:\\.|[^"\\\n])*"/y, text, from),
  "'": (text, from) => findEndOfQuote(/(?:\\.|[^'\\\n])*'/y, text, from),
  "`": (text, from) => findEndOfQuote(/(?:\\[^]|[^`\\])*`/y, text, from),
  "//": (text, from) => findEndOfLine(text, from),
  "/*": (text, from) => (text.includes("*/", from + 2) ? text.indexOf("*/", from + 2) + 2 : undefined),
};

function findEndOfQuote(rest: RegExp, text: string, from: number): number | undefined {
  rest.lastIndex = from + 1;
  return rest.test(text) ? rest.lastIndex : undefined;
}

function findEndOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

/** Strings, comments and brackets, in order. What is never closed is none of them. Linear: a missing end is searched for only once. */
function* scanTokens(text: string, begin = 0): Generator<Token> {
  const openUntil = new Map<string, number>();
  const starts = /["'`]|\/[/*]|[()[\]{}]/g;
  starts.lastIndex = begin;
  for (let start = starts.exec(text); start; start = starts.exec(text)) {
    const [{ index: from }, [kind]] = [start, start];
    if ((openUntil.get(kind) ?? 0) > from) continue;
    const to = ENDS[kind] ? ENDS[kind](text, from) : from + 1;
    if (to === undefined) openUntil.set(kind, kind === '"' || kind === "'" ? findEndOfLine(text, from) : text.length);
    else yield { kind, from, to };
    starts.lastIndex = to ?? from + kind.length;
  }
}

/** The same text, of the same length, with blanks for comments. */
function blankComments(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const { kind, from, to } of scanTokens(text)) {
    if (!kind.startsWith("/")) continue;
    parts.push(text.slice(at, from), text.slice(from, to).replace(/[^\n]/g, " "));
    at = to;
  }
  return parts.join("") + text.slice(at);
}

/** Classes that name their type token: `class Web extends pulumi.ComponentResource { constructor(…) { super("acme:index:Web", …`. */
function findComponents(code: string, closings: ReadonlyMap<number, number>): { from: number; to: number; type: string }[] {
  const types = [...code.matchAll(/\bsuper\s*\(\s*(["'`])([^"'`]+)\1/g)].map(({ index, 2: type = "" }) => ({ index, type }));
  const opens = [...closings.keys()].filter((at) => code[at] === "{").sort((a, b) => a - b);
  let [open, inside] = [0, 0];
  return [...code.matchAll(/\bclass\s+(?:[\w$]+\s+)?extends\s/g)].flatMap(({ index: from }) => {
    while ((opens[open] ?? Infinity) < from) open += 1;
    while ((types[inside]?.index ?? Infinity) < from) inside += 1;
    const to = closings.get(opens[open] ?? -1);
    const first = types[inside];
    return to === undefined || first === undefined || first.index >= to ? [] : [{ from, to, type: first.type }];
  });
}

/** Of each bracket that opens, the place behind the one that closes it: the end of the text where none does. */
function findClosings(text: string): ReadonlyMap<number, number> {
  const [closings, open] = [new Map<number, number>(), [] as number[]];
  for (const { kind, from, to } of scanTokens(text)) {
    if ("([{".includes(kind)) open.push(from);
    else if (")]}".includes(kind)) {
      const begun = open.pop();
      if (begun !== undefined) closings.set(begun, to);
    }
  }
  for (const begun of open) closings.set(begun, text.length);
  return closings;
}
