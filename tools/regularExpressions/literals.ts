import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** What is shipped. */
const FOLDERS = ["cli", "components", "contract", "control-plane", "encryption", "policy", "provider", "review", "sdk"];

/** Each regular expression of the product as it is written, `new RegExp(…)` included, with its places. */
export function collectRegularExpressions(root: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const path of FOLDERS.flatMap((folder) => listSources(root, folder))) {
    const file = ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (isRegularExpression(node)) {
        const place = `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
        const text = node.getText();
        found.set(text, [...(found.get(text) ?? []), place]);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

const isRegularExpression = (node: ts.Node): boolean =>
  ts.isRegularExpressionLiteral(node) || (ts.isNewExpression(node) && node.expression.getText() === "RegExp");

const listSources = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "dist" || entry.name === "node_modules" ? [] : listSources(root, path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
