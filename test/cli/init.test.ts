import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { parse } from "yaml";
import { buildProjectFiles } from "../../cli/init/projectFiles.js";
import { writeProject } from "../../cli/init/write.js";
import { Palisade } from "../support/palisade.js";

const CHECKOUT = resolve(__dirname, "../..");
const FILES = [".gitignore", "Pulumi.yaml", "index.ts", "package.json", "tsconfig.json"];

const palisade = new Palisade();
afterAll(() => palisade.end(), 30_000);

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "palisade-init-"))));
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Without a terminal, as a script runs it. */
async function init(...words: string[]) {
  const { code, ...texts } = await palisade.run({ words: ["init", ...words], cwd: root, env: process.env });
  return { status: code, ...texts };
}
const refusal = (detail: string) => ({
  status: 2,
  stdout: "",
  stderr: `palisade: The command line is wrong: ${detail}. Run the command with --help [PAL_USAGE]\n`,
});
const read = (...names: string[]): string => readFileSync(join(root, ...names), "utf8");

/** What the compiler of the checkout says of the project, whose packages are those of the checkout. */
function typeErrors(directory: string): string[] {
  symlinkSync(join(CHECKOUT, "node_modules"), join(directory, "node_modules"));
  const { config } = ts.readConfigFile(join(directory, "tsconfig.json"), (path) => readFileSync(path, "utf8")) as { config: object };
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, directory);
  const program = ts.createProgram(fileNames, { ...options, noEmit: true });
  return [...errors, ...ts.getPreEmitDiagnostics(program)].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

it("writes a project that compiles, without a question, and says how to go on", async () => {
  const { status, stdout, stderr } = await init("shop");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(readdirSync(join(root, "shop")).sort()).toEqual(FILES);
  expect(parse(read("shop", "Pulumi.yaml"))).toMatchObject({ name: "shop", runtime: "nodejs" });
  expect(read("shop", "index.ts")).toContain('network: { allow: "listed", ranges: ["127.0.0.1", "::1"] }');
  for (const command of ["cd shop", "npm install", "npx palisade dev", "pulumi stack init dev", "pulumi up"])
    expect(stdout).toContain(`\n  ${command}`);
  expect(typeErrors(join(root, "shop"))).toEqual([]);
});

it("writes into the directory where it is, and takes name, region, ranges and host from options", async () => {
  const given = ["--name", "orders", "--region", "azure-gwc", "--range", "203.0.113.0/24", "--range", "2001:db8::1-2001:db8::9"];
  const { status, stdout } = await init(...given, "--host", "neon", "--output", "json");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    directory: root,
    files: ["Pulumi.yaml", "package.json", "tsconfig.json", "index.ts", ".gitignore"],
    next: ["npm install", "pulumi stack init dev", "pulumi config set --secret palisade:apiKey", "npx palisade doctor --fix", "pulumi up"],
  });
  expect(read("index.ts")).toContain('new neon.Project("orders", {\n  name: "orders",\n  regionId: "azure-gwc",\n');
  expect(read("index.ts")).toContain('ranges: ["203.0.113.0/24", "2001:db8::1-2001:db8::9"]');
  expect(read("package.json")).not.toContain("control-plane");
  expect(typeErrors(root)).toEqual([]);
});

it("names exact versions, those that this release is tested with", () => {
  const own = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
    version: string;
    devDependencies: Record<string, string>;
  };
  const plane = JSON.parse(readFileSync(join(CHECKOUT, "control-plane/package.json"), "utf8")) as { version: string };
  const files = buildProjectFiles({ name: "shop", region: "aws-us-east-1", ranges: ["127.0.0.1"], host: undefined });
  const manifest = JSON.parse(files.get("package.json") ?? "") as Record<"dependencies" | "devDependencies", Record<string, string>>;
  expect(manifest).toMatchObject({
    dependencies: { "@palisade/neon": own.version, "@pulumi/pulumi": own.devDependencies["@pulumi/pulumi"] },
    devDependencies: { "@palisade/control-plane": plane.version, typescript: own.devDependencies["typescript"] },
  });
  for (const version of Object.values({ ...manifest.dependencies, ...manifest.devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

describe("overwrites nothing, and leaves nothing half made:", () => {
  it("a second run is refused, and changes nothing", async () => {
    expect((await init("shop")).status).toBe(0);
    writeFileSync(join(root, "shop", "index.ts"), "// mine\n");
    expect(await init("shop")).toEqual(
      refusal(
        "shop has Pulumi.yaml, package.json, tsconfig.json, index.ts, .gitignore already, and nothing is overwritten: name a directory without them",
      ),
    );
    expect(read("shop", "index.ts")).toBe("// mine\n");
  });

  it.each(FILES)("a directory that has %s, even as a link to nowhere, gets no other file", async (name) => {
    symlinkSync(join(root, "nowhere"), join(root, name));
    expect(await init("--name", "shop")).toEqual(refusal(`. has ${name} already, and nothing is overwritten: name a directory without it`));
    expect(readdirSync(root)).toEqual([name]);
  });

  it("other files in the directory are no hindrance", async () => {
    writeFileSync(join(root, "README.md"), "mine");
    expect((await init("--name", "shop")).status).toBe(0);
    expect(readdirSync(root).sort()).toEqual([...FILES, "README.md"].sort());
  });

  it("a file in the place of the directory, or of one above it", async () => {
    writeFileSync(join(root, "shop"), "");
    expect(await init("shop")).toEqual(refusal("shop is a file, not a directory"));
    expect(await init("shop/below")).toEqual(refusal("shop/below lies below a file, not below a directory"));
    expect(readdirSync(root)).toEqual(["shop"]);
  });

  it("what was written is taken back when the rest cannot be", async () => {
    const files = new Map([
      ["first", "1"],
      ["missing/second", "2"],
      ["third", "3"],
    ]);
    await expect(writeProject(join(root, "a", "b"), files)).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(root)).toEqual([]);
    mkdirSync(join(root, "kept"));
    await expect(writeProject(join(root, "kept"), files)).rejects.toMatchObject({ code: "ENOENT" });
    expect(readdirSync(join(root, "kept"))).toEqual([]);
  });

  it("a directory that may not be written to", async () => {
    chmodSync(root, 0o755);
    const closed = join(root, "closed");
    mkdirSync(closed, { mode: 0o555 });
    await asOrdinaryUser(async () => {
      const files = buildProjectFiles({ name: "shop", region: "aws-us-east-1", ranges: ["127.0.0.1"], host: undefined });
      await expect(writeProject(closed, files)).rejects.toMatchObject({ code: "EACCES", path: join(closed, "Pulumi.yaml") });
      await expect(writeProject(join(closed, "new"), files)).rejects.toMatchObject({ code: "EACCES", path: join(closed, "new") });
    });
    expect(readdirSync(closed)).toEqual([]);
  });

  it("an ordinary user writes where that user may", async () => {
    chmodSync(root, 0o777);
    await asOrdinaryUser(() =>
      writeProject(join(root, "own"), buildProjectFiles({ name: "own", region: "aws-us-east-1", ranges: ["::1"], host: undefined })),
    );
    expect(readdirSync(join(root, "own")).sort()).toEqual(FILES);
  });

  it("says of a path that the system refuses which it is", async () => {
    const { status, stderr } = await init("/proc/palisade");
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^palisade: A file or a directory cannot be used: .*\/proc\/palisade.* \[PAL_FILE\]\n$/),
    ]);
  });
});

/** The superuser may write everywhere. */
async function asOrdinaryUser(act: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return act();
  const NOBODY = 65_534;
  process.seteuid?.(NOBODY);
  try {
    await act();
  } finally {
    process.seteuid?.(0);
  }
}

describe("refuses", () => {
  const NO_NAME =
    "is no name for a project: begin with a small letter or a digit, and go on with these, dots, dashes and underscores, 63 characters at most";
  it.each([
    ["a name with a space", ["--name", "my shop"], `--name: "my shop" ${NO_NAME}`],
    ["a name that would end the string in the program", ["--name", 'x"+y'], `--name: "x\\"+y" ${NO_NAME}`],
    ["a name that is too long", ["--name", "x".repeat(64)], `--name: "${"x".repeat(64)}" ${NO_NAME}`],
    ["a name that npm keeps for itself", ["--name", "node_modules"], `--name: "node_modules" ${NO_NAME}`],
    ["a directory that gives no name", ["Möbel"], `--name: "möbel", after the directory, ${NO_NAME}`],
    ["a range with host bits", ["--range", "203.0.113.7/24"], expect.stringMatching(/^--range: .*203\.0\.113\.0\/24/)],
    ["ranges that are the whole internet", ["--range", "0.0.0.0/1", "--range", "128.0.0.0/1"], expect.stringMatching(/^--range: /)],
    [
      "an address of an API in clear",
      ["--host", "http://neon.example"],
      expect.stringMatching(/^--host: "http:\/\/neon\.example"; give an https:\/\//),
    ],
  ] as [string, string[], unknown][])("%s, and writes nothing", async (_, words, detail) => {
    const { status, stderr } = await init(...(words[0]?.startsWith("--") ? ["shop", ...words] : words));
    const said = /^palisade: The command line is wrong: ([^]*)\. Run the command with --help \[PAL_USAGE\]\n$/.exec(stderr)?.[1];
    expect({ status, said }).toEqual({ status: 2, said: detail });
    expect(readdirSync(root)).toEqual([]);
  });

  it.each([
    ["a region that Neon does not have", ["--region", "mars-1"]],
    ["both a plane and a host", ["--plane", "--host", "neon"]],
    ["a second directory", ["b"]],
    ["an option that does not exist", ["--colour"]],
  ])("%s", async (_, words) => {
    const { status, stderr } = await init("shop", ...words);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^error: /)]);
    expect(existsSync(join(root, "shop"))).toBe(false);
  });
});
