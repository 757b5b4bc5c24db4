import { join, resolve } from "node:path";
import ts from "typescript";

/** What the compiler loads for a program of one cloud: its own cloud's SDK and not the other one, which takes seconds and hundreds of megabytes. */
const ROOT = resolve(__dirname, "../..");
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.Node20,
  moduleResolution: ts.ModuleResolutionKind.Node16,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
};

/** Names of packages in node_modules of which files are loaded. */
function packagesOf(text: string): Set<string> {
  const file = join(ROOT, "loaded-program.ts");
  const host = ts.createCompilerHost(OPTIONS);
  const program = ts.createProgram([file], OPTIONS, {
    ...host,
    fileExists: (name) => name === file || host.fileExists(name),
    getSourceFile: (name, target) => (name === file ? ts.createSourceFile(name, text, target) : host.getSourceFile(name, target)),
  });
  const paths = program.getSourceFiles().map(({ fileName }) => fileName.split("/node_modules/").at(-1) ?? "");
  return new Set(paths.filter((path) => path.startsWith("@pulumi/")).map((path) => path.split("/").slice(0, 2).join("/")));
}

it.each([
  ["@palisade/neon", { aws: false, azure: false }],
  ["@palisade/neon/aws", { aws: true, azure: false }],
  ["@palisade/neon/azure", { aws: false, azure: true }],
])(
  "a program of %s: %p",
  (entry, { aws, azure }) => {
    const packages = packagesOf(`import * as own from "${entry}";\nexport const all = own;\n`);
    expect({ aws: packages.has("@pulumi/aws"), azure: packages.has("@pulumi/azure-native") }).toEqual({ aws, azure });
    expect(packages.has("@pulumi/pulumi")).toBe(true);
  },
  120_000,
);
