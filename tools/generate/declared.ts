import { readFileSync } from "node:fs";
import ts from "typescript";

/** What a source file exports, with the comments that stand there: pages made of it cannot say anything else. */
export interface Declared {
  readonly name: string;
  readonly kind: "function" | "interface" | "class";
  /** The comment, one line; `{@link x}` without its braces. */
  readonly text: string;
  /** Of a function, as it is declared. */
  readonly signature: string;
  /** What may be thrown, as `@throws` says. */
  readonly throws: string | undefined;
  /** Of an interface. */
  readonly members: readonly { readonly name: string; readonly type: string; readonly isOptional: boolean; readonly text: string }[];
}

/** Every exported function, interface and class of a file, in its order. */
export function readDeclarations(path: string): Declared[] {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);
  return source.statements.flatMap((statement) => {
    const isExported =
      ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!isExported) return [];
    if (ts.isFunctionDeclaration(statement) && statement.name)
      return [readDeclaration(statement, "function", statement.name.text, readSignature(statement, source))];
    if (ts.isClassDeclaration(statement) && statement.name) return [readDeclaration(statement, "class", statement.name.text, "")];
    if (!ts.isInterfaceDeclaration(statement)) return [];
    const members = statement.members.filter(ts.isPropertySignature).map((member) => ({
      name: member.name.getText(source),
      type: member.type?.getText(source) ?? "",
      isOptional: member.questionToken !== undefined,
      text: readComment(member),
    }));
    return [{ ...readDeclaration(statement, "interface", statement.name.text, ""), members }];
  });
}

function readDeclaration(node: ts.Node, kind: Declared["kind"], name: string, signature: string): Declared {
  const thrown = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === "throws");
  return {
    name,
    kind,
    signature,
    text: readComment(node),
    throws: thrown && foldLines(ts.getTextOfJSDocComment(thrown.comment)),
    members: [],
  };
}

const readComment = (node: ts.Node): string =>
  foldLines(
    ts
      .getJSDocCommentsAndTags(node)
      .filter(ts.isJSDoc)
      .map(({ comment }) => ts.getTextOfJSDocComment(comment))
      .join(" "),
  );

const foldLines = (text: string | undefined): string => (text ?? "").replace(/\{@link (\w+)\}/g, "`$1`").replaceAll("\n", " ");

/** The declaration without its body and without `async`. */
function readSignature(node: ts.FunctionDeclaration, source: ts.SourceFile): string {
  const parameters = node.parameters.map((parameter) => parameter.getText(source)).join(", ");
  return `${node.name?.text ?? ""}(${parameters}): ${node.type?.getText(source).replaceAll(/\s+/g, " ").trim() ?? "void"}`;
}
