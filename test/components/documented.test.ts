import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

/** What an editor shows on hover of whatever a program gives a component. */
const ROOT = resolve(__dirname, "../..");
const FILES = ["components", "components/aws", "components/azure"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file)),
);

/** Inputs of a file, by the names under which hover shows them. */
function inputsOf(file: string, text: string): { name: string; isDocumented: boolean }[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: { name: string; isDocumented: boolean }[] = [];
  const visit = (node: ts.Node, within: string): void => {
    const isInput = ts.isPropertySignature(node);
    const name = isInput ? `${within}.${node.name.getText(source)}` : within;
    // What a transform is of its type says: `Transform<SubnetArgs>`.
    const isTransform = isInput && node.type?.getText(source).startsWith("Transform<") === true;
    if (isInput && !isTransform) found.push({ name, isDocumented: ts.getJSDocCommentsAndTags(node).length > 0 });
    ts.forEachChild(node, (child) => {
      visit(child, name);
    });
  };
  for (const one of source.statements)
    if ((ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && /(?:Args|Source)$/.test(one.name.text))
      visit(one, one.name.text);
  return found;
}

it("every input of a component is documented", () => {
  const inputs = FILES.flatMap((file) => inputsOf(file, readFileSync(join(ROOT, file), "utf8")));
  expect(inputs.length).toBeGreaterThan(40);
  expect(inputs.filter(({ isDocumented }) => !isDocumented).map(({ name }) => name)).toEqual([]);
});

it("one without documentation would be noticed", () => {
  const text = "export interface ShopArgs {\n  /** What. */\n  readonly a: string;\n  readonly b?: { readonly c: string };\n}";
  expect(inputsOf("shop.ts", text).filter(({ isDocumented }) => !isDocumented)).toEqual([
    { name: "ShopArgs.b", isDocumented: false },
    { name: "ShopArgs.b.c", isDocumented: false },
  ]);
});
