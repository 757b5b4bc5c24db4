import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

/** Who may import whom: DESIGN.md's table, read off the import statements (the compiler's own reading). */
const ROOT = resolve(__dirname, "..");

type Area =
  | "contract"
  | "encryption"
  | "sdk"
  | "components"
  | "provider/engine"
  | "provider/client"
  | "provider/resources"
  | "provider"
  | "sdk/lookup"
  | "provider/introspection"
  | "review"
  | "policy"
  | "control-plane"
  | "cli"
  | "bench"
  | "tools"
  | "test"
  | "examples";
const AREAS: readonly Area[] = [
  "provider/engine",
  "provider/client",
  "provider/resources",
  "provider/introspection",
  "provider",
  "sdk/lookup",
  "review",
  "policy",
  "control-plane",
  "contract",
  "encryption",
  "sdk",
  "components",
  "cli",
  "bench",
  "tools",
  "test",
  "examples",
];

const MAY: Record<Exclude<Area, "bench" | "tools" | "test" | "examples">, { areas: readonly Area[]; packages: readonly string[] }> = {
  contract: { areas: ["contract"], packages: ["zod", "ipaddr.js"] },
  encryption: {
    areas: ["encryption", "contract"],
    // Those of the clouds are optional, and loaded when a key of a cloud is used.
    packages: ["zod", "@aws-sdk/client-kms", "@aws-sdk/client-sts", "@azure/identity", "@azure/keyvault-keys"],
  },
  sdk: { areas: ["sdk", "contract"], packages: ["@pulumi/pulumi"] },
  // One cloud's folder imports one cloud's package: test/components proves what a program loads.
  components: { areas: ["components", "sdk", "contract"], packages: ["@pulumi/aws", "@pulumi/azure-native", "@pulumi/pulumi"] },
  "provider/engine": { areas: ["provider/engine", "contract"], packages: ["zod"] },
  "provider/client": {
    areas: ["provider/client", "contract"],
    packages: ["zod", "@neon/sdk", "pg", "@azure/identity", "@azure/keyvault-keys"],
  },
  "provider/resources": { areas: ["provider/resources", "provider/engine", "provider/client", "contract"], packages: ["zod"] },
  provider: { areas: ["provider", "provider/resources", "provider/engine", "provider/client", "contract"], packages: ["zod"] },
  "sdk/lookup": { areas: ["sdk/lookup", "provider/client", "contract"], packages: ["@pulumi/pulumi"] },
  "provider/introspection": { areas: ["provider/resources"], packages: [] },
  review: { areas: ["review", "provider/introspection", "provider/client", "contract"], packages: ["semver", "zod"] },
  policy: {
    areas: ["policy", "provider/introspection", "contract"],
    packages: ["@pulumi/policy", "@pulumi/pulumi", "zod"],
  },
  "control-plane": {
    areas: ["control-plane"],
    packages: [
      ...["@palisade/neon", "asn1js", "diff", "fastify", "libsql", "pg", "standardwebhooks", "tar-stream", "ws", "yaml", "zod"],
      // Optional, and loaded when a bucket or a container of a cloud is used.
      ...["@aws-sdk/client-s3", "@azure/identity", "@azure/storage-blob"],
    ],
  },
  cli: {
    areas: [
      "cli",
      "provider",
      "provider/engine",
      "provider/client",
      "provider/resources",
      "review",
      "policy",
      "contract",
      "encryption",
      "sdk",
    ],
    packages: [
      ...["commander", "pg", "picocolors", "semver", "yaml", "zod", "@palisade/control-plane"],
      // Optional, and loaded where backups lie in that cloud.
      ...["@aws-sdk/client-s3", "@aws-sdk/lib-storage", "@azure/identity", "@azure/storage-blob"],
    ],
  },
};

interface Import {
  file: string;
  from: string;
}

const sources = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });

const importsOf = (file: string): Import[] =>
  ts.preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, false).importedFiles.map(({ fileName }) => ({ file, from: fileName }));

const areaOf = (path: string): Area | undefined =>
  AREAS.find((area) => path.startsWith(`${area}/`) || path.replace(/\.[jt]s$/, "") === area);
const packageOf = (name: string): string =>
  name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");

const GOVERNED = Object.keys(MAY) as (keyof typeof MAY)[];
const governed = ["contract", "encryption", "sdk", "components", "provider", "review", "policy", "control-plane", "cli"]
  .flatMap(sources)
  .flatMap(importsOf);

/** What breaks the rule for its area, as sentences. */
function offence({ file, from }: Import): string | undefined {
  const area = areaOf(file) as keyof typeof MAY;
  const { areas, packages } = MAY[area];
  // Where a package lies: the SDK asks it, and reads no file.
  if (area === "sdk" && from === "node:module") return undefined;
  if (from.startsWith("node:")) return ["contract", "sdk", "components"].includes(area) ? `${file} imports ${from}` : undefined;
  if (!from.startsWith(".")) return packages.includes(packageOf(from)) ? undefined : `${file} imports ${from}`;
  const target = areaOf(relative(ROOT, resolve(ROOT, dirname(file), from)));
  return target !== undefined && areas.includes(target) ? undefined : `${file} imports ${from}`;
}

/** Of the plane's control side: each knows those before it. */
const LAYERS = ["store", "domain", "services", "operations", "api", "console"];

describe("the directions of imports", () => {
  it("are kept by every file", () => {
    expect(governed.length).toBeGreaterThan(100);
    expect(governed.map(offence).filter(Boolean)).toEqual([]);
  });

  it("would notice a breach", () => {
    expect(offence({ file: "provider/engine/check.ts", from: "../client/api.js" })).toBeDefined();
    expect(offence({ file: "contract/ids.ts", from: "node:fs" })).toBeDefined();
    expect(offence({ file: "control-plane/index.ts", from: "../provider/runtime.js" })).toBeDefined();
    expect(offence({ file: "cli/pulumi/target.ts", from: "../../tools/pulumi/main.js" })).toBeDefined();
    expect(GOVERNED).toContain("cli");
  });

  it("let the plane see only the contract and the sealing of the main package", () => {
    const others = governed.filter(
      ({ file, from }) =>
        file.startsWith("control-plane/") && from.startsWith("@palisade/neon") && !/^@palisade\/neon\/(?:contract|encryption)\//.test(from),
    );
    expect(others).toEqual([]);
  });

  it("lead in no circle, types included", () => {
    expect(findCircles([...governed, ...["bench", "tools"].flatMap(sources).flatMap(importsOf)])).toEqual([]);
    expect(
      findCircles([
        { file: "a.ts", from: "./b.js" },
        { file: "b.ts", from: "./a.js" },
      ]),
    ).toEqual(["a.ts -> b.ts -> a.ts"]);
  });

  it("lead downwards through the layers of the plane", () => {
    const plane = governed.filter(({ file }) => file.startsWith("control-plane/"));
    const layerOf = (path: string): number => LAYERS.indexOf(path.split("/")[1] ?? "");
    const upwards = plane.filter(({ file, from }) => {
      if (!from.startsWith(".")) return false;
      const [here, there] = [layerOf(file), layerOf(relative(ROOT, resolve(ROOT, dirname(file), from)))];
      return here !== -1 && there > here;
    });
    expect(upwards).toEqual([]);
  });

  it("keep the host out of engine and resources: nothing but runtime.ts knows Pulumi", () => {
    expect(governed.filter(({ file, from }) => file.startsWith("provider/") && from.startsWith("@pulumi/"))).toEqual([]);
  });
});

/** The files of a graph of imports that lead back to themselves, each circle once as `a -> b -> a`. */
function findCircles(imports: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const { file, from } of imports)
    if (from.startsWith("."))
      next.set(file, [...(next.get(file) ?? []), relative(ROOT, resolve(ROOT, dirname(file), from)).replace(/\.js$/, ".ts")]);
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (path.includes(file) || done.has(file)) return;
    for (const one of next.get(file) ?? []) visit(one, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return circles;
}

describe("the command line", () => {
  const OUTSIDE = ["cli", "tools", "bench", "examples"];
  const files = OUTSIDE.flatMap(sources);
  /** What starts a process where a Pulumi CLI is at hand: the binary found by cli/pulumi, or the bare word. */
  const startsPulumi = (text: string): boolean =>
    /^import (?!type\b)[^;]*["']node:child_process["']/m.test(text) &&
    (/\bbinary\b/.test(text) || /\b(?:spawn|spawnSync|exec|execSync|execFile|execFileSync|run)\(\s*["'`]pulumi\b/.test(text));

  it("has no circle of imports, types included", () => {
    expect(findCircles(sources("cli").flatMap(importsOf))).toEqual([]);
  });

  it("starts the Pulumi CLI in one folder, for the verbs, the tools, the benchmarks and the examples", () => {
    const starting = files.filter((file) => startsPulumi(readFileSync(join(ROOT, file), "utf8")));
    expect(starting).toEqual(["cli/pulumi/startPulumi.ts"]);
    const importing = files.filter((file) => importsOf(file).some(({ from }) => from.endsWith("/pulumi/startPulumi.js")));
    expect(importing.filter((file) => !file.startsWith("cli/pulumi/"))).toEqual(["tools/pulumi/stack.ts"]);
  });

  it("would notice a circle, and another way to the CLI", () => {
    const circle = [
      { file: "cli/a.ts", from: "./verbs/b.js" },
      { file: "cli/verbs/b.ts", from: "../a.js" },
    ];
    expect(findCircles(circle)).toEqual(["cli/a.ts -> cli/verbs/b.ts -> cli/a.ts"]);
    expect(startsPulumi('import { spawn } from "node:child_process";\nspawn("pulumi", ["up"]);')).toBe(true);
    expect(startsPulumi('import { execFile } from "node:child_process";\nexecFile(pulumi.binary, ["up"]);')).toBe(true);
  });
});

const ROOMS = [
  "contract",
  "encryption",
  "sdk",
  "components",
  "provider",
  "review",
  "policy",
  "control-plane",
  "cli",
  "tools",
  "bench",
  "test",
];

/** The compiled form is CommonJS: `exports.NAME` stands for every exported constant, and would be read of the local one. Jest compiles otherwise. */
it("nothing is named exports or require", () => {
  const isBound = (text: string) => {
    const source = ts.createSourceFile("x.ts", text, ts.ScriptTarget.Latest, true);
    let isFound = false;
    const visit = (node: ts.Node): void => {
      const isBinding =
        ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node) || ts.isFunctionDeclaration(node);
      if (isBinding && node.name !== undefined && ts.isIdentifier(node.name) && ["exports", "require"].includes(node.name.text))
        isFound = true;
      ts.forEachChild(node, visit);
    };
    visit(source);
    return isFound;
  };
  const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
  expect(ROOMS.flatMap(sources).filter((file) => /\b(?:exports|require)\b/.test(read(file)) && isBound(read(file)))).toEqual([]);
  expect(["const exports = 1;", "(({ exports }) => exports)", "function f(require: number) {}"].map(isBound)).toEqual([true, true, true]);
});

describe("sizes", () => {
  const lines = (file: string) => readFileSync(join(ROOT, file), "utf8").trimEnd().split("\n").length;
  const generated = (file: string) => readFileSync(join(ROOT, file), "utf8").startsWith("// Generated");

  it("no file is longer than 400 lines", () => {
    const long = ROOMS.flatMap(sources).filter((file) => !generated(file) && lines(file) > 400);
    expect(long).toEqual([]);
  });

  it("no engine file is longer than 150", () => {
    expect(sources("provider/engine").filter((file) => lines(file) > 150)).toEqual([]);
  });

  it("a slice is at most 200 lines, but for those that DESIGN.md gives a reason for", () => {
    const folders = readdirSync(join(ROOT, "provider/resources"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const slices = folders.map(({ name }) => name).filter((name) => name !== "shared");
    const size = (slice: string) => sources(`provider/resources/${slice}`).reduce((sum, file) => sum + lines(file), 0);
    const [reasons = ""] = /^A slice has at most 200 lines\..*$/m.exec(readFileSync(join(ROOT, "DESIGN.md"), "utf8")) ?? [];
    const explained = [...reasons.matchAll(/`(\w+)` \(/g)].map(([, slice = ""]) => slice);
    expect(slices.filter((slice) => size(slice) > 200).sort()).toEqual(explained.sort());
  });
});
