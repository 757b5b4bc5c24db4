import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

/** A function that is written a second time is mended in one place only. Nothing outside tests stands twice, whatever its parameters are called. */

const ROOT = resolve(__dirname, "..");
/** A body of fewer tokens says what it does as briefly as a name would. */
const MIN_TOKENS = 19;

function listFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"], { cwd: ROOT, encoding: "utf8" });
  // Examples are read one by one, each whole.
  return [...new Set(listed.split("\n"))].filter((file) => file !== "" && !/^(test|examples)\//.test(file));
}

const listTokens = (node: ts.Node): ts.Node[] => {
  const children = node.getChildren().filter(({ kind }) => kind < ts.SyntaxKind.FirstJSDocNode || kind > ts.SyntaxKind.LastJSDocNode);
  return children.length === 0 ? [node] : children.flatMap(listTokens);
};

function listNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? listNames(element.name) : []));
}

type Callable = ts.FunctionDeclaration | ts.ArrowFunction;

/** The functions of a file that are declared at its top, by name. */
function listFunctions(source: ts.SourceFile): [name: string, one: Callable][] {
  return source.statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return [[statement.name?.text ?? "default", statement] as [string, Callable]];
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
      initializer !== undefined && ts.isArrowFunction(initializer) ? [[name.getText(), initializer] as [string, Callable]] : [],
    );
  });
}

/** What the function does, with its parameters by number: `return` of a block and an expression are the same. */
function describeBody({ body, parameters }: Callable): string[] {
  if (body === undefined) return [];
  const names = parameters.flatMap(({ name }) => listNames(name));
  const words = listTokens(body).map((token) => {
    const at = ts.isIdentifier(token) ? names.indexOf(token.text) : -1;
    return at < 0 ? token.getText() : `$${at}`;
  });
  const isReturnAlone = words[0] === "{" && words[1] === "return" && words.at(-2) === ";" && words.indexOf(";") === words.length - 2;
  return isReturnAlone ? words.slice(2, -2) : words;
}

function findTwins(sources: readonly (readonly [file: string, text: string])[]): string[] {
  const byBody = new Map<string, string[]>();
  for (const [file, text] of sources)
    for (const [name, one] of listFunctions(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))) {
      const words = describeBody(one);
      if (words.length < MIN_TOKENS) continue;
      const body = words.join(" ");
      byBody.set(body, [...(byBody.get(body) ?? []), `${file}: ${name}`]);
    }
  return [...byBody.values()].filter((places) => places.length > 1).map((places) => places.join(" and "));
}

it("no function outside tests is written twice", () => {
  const sources = listFiles().map((file) => [file, readFileSync(join(ROOT, file), "utf8")] as const);
  expect(sources.length).toBeGreaterThan(800);
  expect(findTwins(sources)).toEqual([]);
});

it("would find one under another name, with other parameters, and as an expression", () => {
  const sources = [
    [
      "a.ts",
      "export function pick<T>(list: readonly T[], key: (one: T) => string) { return list.filter((each) => key(each) !== '').map(key); }",
    ],
    [
      "b.ts",
      "/** Takes. */\nconst take = <T>(all: readonly T[], by: (one: T) => string) => all.filter((each) => by(each) !== '').map(by);",
    ],
    ["c.ts", "const takeOther = <T>(all: readonly T[], by: (one: T) => string) => all.filter((each) => by(each) === '').map(by);"],
  ] as const;
  expect(findTwins(sources)).toEqual(["a.ts: pick and b.ts: take"]);
});
