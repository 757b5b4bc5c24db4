import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

/** What an editor shows to somebody who types the README's program: no error, and documentation on every name. */
const ROOT = resolve(__dirname, "../..");
const FILE = join(ROOT, "readme-program.ts");
const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1] ?? "";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.Node20,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

const service = ts.createLanguageService({
  getScriptFileNames: () => [FILE],
  getScriptVersion: () => "1",
  getScriptSnapshot: (name) => {
    const text = name === FILE ? program : ts.sys.readFile(name);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => ROOT,
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (name) => name === FILE || ts.sys.fileExists(name),
  readFile: (name) => (name === FILE ? program : ts.sys.readFile(name)),
  directoryExists: (name) => ts.sys.directoryExists(name),
  getDirectories: (name) => ts.sys.getDirectories(name),
  realpath: (name) => ts.sys.realpath?.(name) ?? name,
});

const hover = (word: string): string => {
  const at = program.search(new RegExp(`\\b${word}\\b`));
  const info = at < 0 ? undefined : service.getQuickInfoAtPosition(FILE, at);
  return ts.displayPartsToString(info?.documentation);
};

it("the README's program type-checks under strict settings", () => {
  expect(program).toContain("new neon.Project");
  const problems = [...service.getSyntacticDiagnostics(FILE), ...service.getSemanticDiagnostics(FILE)];
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
}, 60_000);

it.each([
  ["regionId", "Region of the data"],
  ["network", "Required: silence never opens a database."],
  ["allow", "Who may try to connect from the internet"],
  ["ranges", "The addresses that may try to connect"],
])("%s shows its documentation on hover", (word, text) => {
  expect(hover(word)).toContain(text);
});

it("a misspelt field is a compile error that names the right one", () => {
  const wrong = program.replace("regionId", "regionid");
  const file = join(ROOT, "wrong.ts");
  const checked = ts.createProgram([file], options, {
    ...ts.createCompilerHost(options),
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    getSourceFile: (name, target) => {
      const text = name === file ? wrong : ts.sys.readFile(name);
      return text === undefined ? undefined : ts.createSourceFile(name, text, target);
    },
  });
  const messages = ts.getPreEmitDiagnostics(checked).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  expect(messages.join("\n")).toMatch(/'regionid' does not exist.*ProjectArgs.*Did you mean to write 'regionId'/s);
}, 60_000);
