import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import ts from "typescript";

/** One word for one thing: names that this code has had and has given up, for the field's own. */
const ROOT = resolve(__dirname, "..");
const FOLDERS = ["contract", "encryption", "sdk", "provider", "components", "review", "policy", "control-plane", "cli", "bench", "tools"];

/** Of functions, types, members and module-level values. */
const GIVEN_UP = new Set([
  ...["failing", "Made", "toldOnce", "Told", "came", "born", "strange", "isFor", "Meaning", "leftover", "mustBeKnown", "holder"],
  ...["Stage", "Scene", "standing", "Patch", "undo", "Move", "strangers", "shown", "fit", "sized", "frontDoor", "Visit"],
  ...["Violation", "Gone", "mark", "doomedVerifier", "sparing", "Spares", "Mint", "listing", "settled", "mustBeFree", "endingTidily"],
  ...["Bag", "door", "Door", "FrontDoor", "house", "House"],
]);
const FILES_GIVEN_UP = ["twice", "meanings", "fit", "frontDoor", "foreign", "learn", "leftover", "mint", "spares", "door", "shown"];
const CODES_GIVEN_UP = ["PAL_ROLE_MIGHTY", "PAL_DELETE_OF_TAKEN"];

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (["node_modules", "dist"].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : /\.ts$/.test(path) && !path.endsWith(".d.ts") ? [path] : [];
  });
const SOURCES = FOLDERS.flatMap((folder) => filesIn(join(ROOT, folder)));

/** Names that a file declares, but for locals of functions. */
function declaredIn(file: string, text = readFileSync(file, "utf8")): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const { name } = node as ts.Node & { name?: ts.Node };
    const isLocal = ts.isVariableDeclaration(node) && node.parent.parent.parent !== source;
    if (!isLocal && name && ts.isIdentifier(name) && (ts.isDeclarationStatement(node) || ts.isVariableDeclaration(node) || isMember(node)))
      names.push(name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

const isMember = (node: ts.Node): boolean => (ts.isClassElement(node) || ts.isTypeElement(node)) && !ts.isConstructorDeclaration(node);

it("would see a name that was given up", () => {
  const text = "const mark = 1; function shown() { const born = 2; return born; } interface Bag { door: string }";
  expect(declaredIn("some.ts", text).filter((name) => GIVEN_UP.has(name))).toEqual(["mark", "shown", "Bag", "door"]);
});

it("no declaration has a name that was given up", () => {
  expect(SOURCES.length).toBeGreaterThan(500);
  const found = SOURCES.flatMap((file) =>
    declaredIn(file).flatMap((name) => (GIVEN_UP.has(name) ? [`${relative(ROOT, file)}: ${name}`] : [])),
  );
  expect(found).toEqual([]);
});

it("no file has one", () => {
  expect(SOURCES.filter((file) => FILES_GIVEN_UP.includes(basename(file, ".ts"))).map((file) => relative(ROOT, file))).toEqual([]);
});

it("no error code has one", () => {
  const found = SOURCES.filter((file) => CODES_GIVEN_UP.some((code) => readFileSync(file, "utf8").includes(code)));
  expect(found).toEqual([]);
});
