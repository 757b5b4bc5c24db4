import { createRequire } from "node:module";

/**
 * Statements without what is in them: every constant is `$1`, `$2`, …, comments are left out. Postgres' own parser and scanner (libpg_query, as
 * WebAssembly) tell what is a constant; the package is optional and loaded with the first statement.
 */

/** As much of `@libpg-query/parser` as is used. */
interface Parser {
  readonly loadModule: () => Promise<void>;
  readonly parseSync: (text: string) => unknown;
  readonly scanSync: (text: string) => { tokens: readonly Token[] };
}
interface Token {
  /** Bytes before it, as in the tree. */
  readonly start: number;
  readonly text: string;
  readonly tokenName: string;
  /** 0: no keyword. */
  readonly keywordKind: number;
}

/** The text of a statement that may be written down; undefined where nothing may be said of it but its length. */
export type NormalizeStatement = (bytes: Buffer) => string | undefined;

const NAMES: ReadonlySet<string> = new Set(["IDENT", "PARAM"]);
const OPERATOR = /^[-+*/<>=~!@#%^&|`?:.,;()[\]]+$/;
/** Told by what it is, and not by what it is not: the scanner has kinds of constants that its package has no name for. */
const isSafe = ({ text, tokenName, keywordKind }: Token): boolean => keywordKind !== 0 || NAMES.has(tokenName) || OPERATOR.test(text);
/** Deeper than this no statement nests: the parser climbs each level on a stack that JavaScript ends with an error, and is not to be trusted after it. */
const MOST_TOKENS = 2_000;
const COMMENTS: ReadonlySet<string> = new Set(["SQL_COMMENT", "C_COMMENT"]);
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** By a name the compiler does not follow: the package is optional. */
const PARSER: string = "@libpg-query/parser";

/** Whether the parser is installed; it is not loaded for that. */
export function hasNormalizer(): boolean {
  try {
    return createRequire(__filename).resolve(PARSER) !== "";
  } catch {
    return false;
  }
}

/** @returns undefined where the parser is not installed: then lengths alone are recorded */
export async function loadNormalizer(): Promise<NormalizeStatement | undefined> {
  let parser: Parser;
  try {
    parser = (await import(PARSER)) as Parser;
    await parser.loadModule();
  } catch {
    return undefined;
  }
  let isBroken = false;
  return (bytes) => {
    if (isBroken) return undefined;
    try {
      return normalize(parser, bytes);
    } catch (error) {
      // What stopped WebAssembly itself, or took its stack away, may have left its memory in any state.
      isBroken = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
      return undefined;
    }
  };
}

/**
 * A backslash begins an escape or none by a setting of the session (`standard_conforming_strings`), and what is no UTF-8 is read by another one
 * (`client_encoding`): this parser knows neither, and would take the inside of a string for its outside. Nothing is said of such a text.
 */
function normalize({ parseSync, scanSync }: Parser, bytes: Buffer): string | undefined {
  const text = UTF8.decode(bytes);
  if (text.includes("\\")) return undefined;
  const { tokens } = scanSync(text);
  if (tokens.length > MOST_TOKENS) return undefined;
  const words = findWordConstants(parseSync(text));
  // Behind the statement's own parameters.
  let constants = Math.max(0, ...tokens.filter(({ tokenName }) => tokenName === "PARAM").map((token) => Number(token.text.slice(1))));
  return tokens
    .filter(({ tokenName }) => !COMMENTS.has(tokenName))
    .map((token) => (isSafe(token) && !(token.tokenName === "IDENT" && words.has(token.start)) ? token.text : `$${(constants += 1)}`))
    .join(" ");
}

/** Where constants begin that are written as a name may be: `SET app.token = secret`. */
function findWordConstants(tree: unknown): ReadonlySet<number> {
  const found = new Set<number>();
  const open: unknown[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    for (const [kind, child] of Object.entries(node)) {
      const { sval, location } = (kind === "A_Const" ? child : {}) as { sval?: unknown; location?: number };
      if (sval !== undefined && location !== undefined) found.add(location);
      open.push(child);
    }
  }
  return found;
}
