/**
 * What a program's text reaches for beyond declaring resources: network, processes, files, code made at run time. A scan of the text and not a
 * parser: it must not be led to take code for a comment, so it says too much rather than too little.
 */

/** A use, and how often the text has it. */
export type Uses = ReadonlyMap<string, number>;

/** Modules of Node.js that reach out of the program, or make code. */
const MODULES =
  "https?|http2|net|tls|dgram|dns|child_process|cluster|worker_threads|vm|fs|module|inspector|repl|process|v8|wasi|sqlite|diagnostics_channel|async_hooks|trace_events|test";
const MODULE = new RegExp(`^(?:node:)?(?:${MODULES})(?:/|$)`);

/** `from "x"`, `import "x"`, `import("x")`, `require("x")`: with a literal that holds no escape. */
const IMPORT = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(["'`])([^"'`\\$\n]+)\1/g;
/** What an import of a module binds: the names before `from`, or before `= require`. */
const BINDING =
  /(?:import\s+(?:type\s+)?([^;"'`]*?)\s*\bfrom|(?:const|let|var|import)\s+([^;="'`]+?)\s*=\s*(?:await\s+import|require)\s*\()\s*(["'`])([^"'`\\$\n]+)\3/g;

const PLAIN: readonly (readonly [RegExp, string])[] = [
  [/\b(?:fetch|WebSocket|EventSource|XMLHttpRequest)\b/g, "the network"],
  [/\beval\b|\bFunction\b|\.\s*constructor\b|\bconstructor\b(?!\s*\()|\bWebAssembly\b/g, "code made at run time"],
  [/\bglobalThis\b|\bglobal\b|\bReflect\b|\bProxy\b|\[[^\]\n]*(?:["'`][^\]\n]*\+|\+[^\]\n]*["'`]|\$\{)/g, "names put together at run time"],
  [/\brequire\b(?!\s*\(\s*(["'])[^"'\\\n]+\1\s*\))/g, "modules named at run time"],
  [/\bimport\s*\((?!\s*(["'])[^"'\\\n]+\1\s*\))/g, "modules named at run time"],
  [/\bprocess\b(?!\s*\.\s*(?:env|cwd|argv|exit|exitCode|platform|arch|version|versions|stdout|stderr|nextTick|uptime)\b)/g, "the process"],
  [/\\u|\\x/g, "escaped characters"],
  [/\bunsecret\b|\bnonsecret\b/g, "secrets made readable"],
  [/@pulumi\/pulumi\/(?:automation|runtime|provider)|\bpulumi\s*\.\s*(?:automation|runtime|provider)\b/g, "Pulumi's own inside"],
];

/** Packages that declare resources and no more, as far as their names say. */
const DECLARING = /^@(?:pulumi|palisade)\//;

/** The uses of a text, each with how often. */
export function usesOf(source: string): Uses {
  const text = withoutLineComments(source);
  const uses = new Map<string, number>();
  const count = (use: string, times = 1) => uses.set(use, (uses.get(use) ?? 0) + times);
  for (const [, , name = ""] of text.matchAll(IMPORT))
    if (MODULE.test(name)) count(`the module ${name.replace(/^node:/, "")}`);
    else if (!name.startsWith(".") && !DECLARING.test(name)) count(`the package ${packageOf(name)}`);
  for (const [pattern, use] of PLAIN) count(use, [...text.matchAll(pattern)].length);
  for (const [name, module] of boundNames(text)) count(`the module ${module}`, occurrences(text, name));
  return new Map([...uses].filter(([, times]) => times > 0));
}

/** What a text uses more often than the one before. */
export const newUses = (before: string | undefined, after: string): string[] => {
  const then: Uses = before === undefined ? new Map() : usesOf(before);
  return [...usesOf(after)].filter(([use, times]) => times > (then.get(use) ?? 0)).map(([use]) => use);
};

/** Relative files that a text names, as it writes them. */
export const namedFiles = (text: string): string[] =>
  [...text.matchAll(/(["'`])(\.{1,2}\/[^"'`\\$\n]*)\1/g)].map(([, , path = ""]) => path);

const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

/** Names by which the text speaks of a module that reaches out: of `import * as fs from "fs"` it is `fs`. */
function* boundNames(text: string): Generator<readonly [name: string, module: string]> {
  for (const [, imported, required, , module = ""] of text.matchAll(BINDING)) {
    if (!MODULE.test(module)) continue;
    for (const [name] of (imported ?? required ?? "").matchAll(/[\w$]+/g))
      if (name !== "as" && name !== "type" && name !== "default") yield [name, module.replace(/^node:/, "")];
  }
}

const occurrences = (text: string, name: string): number => text.split(/[^\w$]+/).filter((word) => word === name).length;

/**
 * Lines that are a comment wherever they stand: within a text that spans lines they hold no code either, as long as they have no `${`. JavaScript
 * ends a line at four characters.
 */
const withoutLineComments = (source: string): string =>
  source
    .split(/[\n\r\u2028\u2029]/)
    .filter((line) => !/^\s*\/\/[^`$]*$/.test(line))
    .join("\n");
