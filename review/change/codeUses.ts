/**
 * What a program's text reaches for beyond declaring resources: network, processes, files, code made at run time. A scan of the text and not a
 * parser: it must not be led to take code for a comment, so it says too much rather than too little.
 */

/** A use, and how often the text has it. */
export type CodeUses = ReadonlyMap<string, number>;

/** Modules of Node.js that reach out of the program, or make code. */
const MODULES =
  "https?|http2|net|tls|dgram|dns|child_process|cluster|worker_threads|vm|fs|module|inspector|repl|process|v8|wasi|sqlite|diagnostics_channel|async_hooks|trace_events|test";
const MODULE = new RegExp(`^(?:node:)?(?:${MODULES})(?:/|$)`);

/** `from "x"`, `import "x"`, `import("x")`, `require("x")`: with a literal that holds no escape. */
const IMPORT = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'`])([^"'`\\$\n]+)\1/g;

const [COMPUTED, INSIDE] = ["names put together at run time", "Pulumi's own inside"];
const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/\b(?:fetch|WebSocket|EventSource|XMLHttpRequest)\b/g, "the network"],
  [/\beval\b|\bFunction\b|\.\s*constructor\b|\bconstructor\b(?!\s*\()|\bWebAssembly\b/g, "code made at run time"],
  [/\bglobalThis\b|\bglobal\b|\bReflect\b|\bProxy\b/g, COMPUTED],
  [/\brequire\b(?!\s*\(\s*(["'])[^"'\\\n]+\1\s*\))/g, "modules named at run time"],
  [/\bimport\s*\((?!\s*(["'])[^"'\\\n]+\1\s*\))/g, "modules named at run time"],
  [/\bprocess\b(?!\s*\.\s*(?:env|cwd|argv|exit|exitCode|platform|arch|version|versions|stdout|stderr|nextTick|uptime)\b)/g, "the process"],
  [/\\u|\\x/g, "escaped characters"],
  [/\bunsecret\b|\bnonsecret\b/g, "secrets made readable"],
  [/@pulumi\/pulumi\/(?:automation|runtime|provider)/g, INSIDE],
  [/\bpulumi\s*\.\s*(?:automation|runtime|provider)\b/g, INSIDE],
];

/** Packages that declare resources and no more, as far as their names say. */
const DECLARING = /^@(?:pulumi|palisade)\//;

/** The uses of a text, each with how often. */
export function countCodeUses(source: string): CodeUses {
  const text = removeLineComments(source);
  const uses = new Map<string, number>();
  const count = (use: string, times = 1) => uses.set(use, (uses.get(use) ?? 0) + times);
  for (const [, , name = ""] of text.matchAll(IMPORT))
    if (MODULE.test(name)) count(`the module ${name.replace(/^node:/, "")}`);
    else if (!name.startsWith(".") && !DECLARING.test(name)) count(`the package ${getPackageName(name)}`);
  for (const [pattern, use] of PLAIN) count(use, [...text.matchAll(pattern)].length);
  count(COMPUTED, [...text.matchAll(/\[([^\]\n]*)/g)].filter(([, inner = ""]) => isComputedName(inner)).length);
  for (const [name, module] of findBoundNames(text)) count(`the module ${module}`, countOccurrences(text, name));
  return new Map([...uses].filter(([, times]) => times > 0));
}

/** What a text uses more often than the one before. */
export const findNewUses = (before: string | undefined, after: string): string[] => {
  const then: CodeUses = before === undefined ? new Map() : countCodeUses(before);
  return [...countCodeUses(after)].filter(([use, times]) => times > (then.get(use) ?? 0)).map(([use]) => use);
};

/** Relative files that a text names, as it writes them. */
export const findRelativePaths = (text: string): string[] =>
  [...text.matchAll(/(["'`])(\.{1,2}\/[^"'`\\$\n]*)\1/g)].map(([, , path = ""]) => path);

const getPackageName = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

/** Of the key of an access: `["ev" + "al"]`, `[`${a}b`]`. */
const isComputedName = (key: string): boolean => key.includes("${") || (key.includes("+") && /["'`]/.test(key));

const KEYWORDS: ReadonlySet<string> = new Set(["import", "const", "let", "var", "await", "as", "type", "default"]);

/** Names by which the text speaks of a module that reaches out: of `import * as fs from "fs"` it is `fs`. */
function* findBoundNames(text: string): Generator<readonly [name: string, module: string]> {
  for (const { index, 2: module = "" } of text.matchAll(IMPORT)) {
    if (!MODULE.test(module)) continue;
    // Every import ends with a quote, so no part of the text is looked at twice.
    const begin = Math.max(...[";", '"', "'", "`"].map((end) => text.lastIndexOf(end, index - 1))) + 1;
    const words = [...text.slice(begin, index).matchAll(/[\w$]+/g)].map(([word]) => word);
    const keyword = Math.max(...["import", "const", "let", "var"].map((one) => words.lastIndexOf(one)));
    for (const name of words.slice(keyword + 1)) if (!KEYWORDS.has(name)) yield [name, module.replace(/^node:/, "")];
  }
}

const countOccurrences = (text: string, name: string): number => text.split(/[^\w$]+/).filter((word) => word === name).length;

/**
 * Lines that are a comment wherever they stand: within a text that spans lines they hold no code either, as long as they have no `${`. JavaScript
 * ends a line at four characters.
 */
const removeLineComments = (source: string): string =>
  source
    .split(/[\n\r\u2028\u2029]/)
    .filter((line) => !/^\s*\/\/[^`$]*$/.test(line))
    .join("\n");
