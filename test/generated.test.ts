import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ERRORS } from "../contract/errors.js";
import { catalogue } from "../provider/resources/index.js";
import type { Resource } from "../provider/engine/define.js";
import { listFieldDocs, collectNested } from "../tools/generate/fields.js";
import { formatFileName } from "../tools/generate/sdk.js";

const ROOT = resolve(__dirname, "..");
const resources = Object.entries(catalogue) as unknown as [string, Resource][];
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

it("generated files are fresh: run `npm run generate` when this fails", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "dist/tools/generate.js"), "--check"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it.each(resources)("the class of %s carries every field's description for documentation on hover", (kind, slice) => {
  const text = read(`sdk/resources/${formatFileName(kind)}.ts`);
  const fields = [
    ...listFieldDocs(slice.inputs),
    ...collectNested(slice.inputs).flatMap(({ shape }) => listFieldDocs(shape)),
    ...listFieldDocs(slice.outputs),
  ];
  expect(fields.filter((field) => !text.includes(field.text)).map(({ name }) => name)).toEqual([]);
});

it("no field of a reference page is without a description", () => {
  const pages = readdirSync(join(ROOT, "docs/reference")).map((name) => `docs/reference/${name}`);
  const empty = pages.flatMap((page) =>
    read(page)
      .split("\n")
      .filter((row) => /^\| `.*\|\s*\|$/.test(row) && !/^\| `(?:find|list)\w+\(/.test(row))
      .map((row) => `${page}: ${row}`),
  );
  expect(pages.length).toBeGreaterThan(20);
  expect(empty).toEqual([]);
});

describe("errors", () => {
  it("are all listed in docs/errors.md, and nothing else is", () => {
    const listed = [...read("docs/errors.md").matchAll(/^\| `(PAL_\w+)`/gm)].map(([, code]) => code);
    expect(listed).toEqual(Object.keys(ERRORS));
  });

  it("have a summary of their own, so that searching for it finds one line", () => {
    const summaries = Object.values(ERRORS).map(({ summary }) => summary);
    expect(new Set(summaries).size).toBe(summaries.length);
  });

  it("are all thrown somewhere: the registry holds no dead code", () => {
    const files = (folder: string): string[] =>
      readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = `${folder}/${entry.name}`;
        if (entry.isDirectory()) return ["node_modules", "dist"].includes(entry.name) ? [] : files(path);
        return path.endsWith(".ts") && !path.startsWith("contract/errors") ? [path] : [];
      });
    const sources = [
      "components",
      "contract",
      "encryption",
      "provider",
      "control-plane",
      "cli",
      "tools",
      "sdk",
      "policy",
      "review",
    ].flatMap(files);
    const text = sources.map(read).join("\n");
    expect(Object.keys(ERRORS).filter((code) => !text.includes(code))).toEqual([]);
  });
});

describe("examples", () => {
  const examples = readdirSync(join(ROOT, "examples"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  // What a component makes is in each example of the component.
  const components = ["aws", "azure"].map((cloud) => read(`components/${cloud}/customerKey.ts`));
  const programs = [...examples.map((name) => read(`examples/${name}/index.ts`)), ...components].join("\n");

  it.each(examples)("%s is a complete Pulumi project with a README", (name) => {
    for (const file of ["Pulumi.yaml", "package.json", "README.md", "index.ts"])
      expect(existsSync(join(ROOT, "examples", name, file))).toBe(true);
  });

  it.each([...resources.map(([kind]) => kind), "ProtectedBranch"])("%s appears in one", (kind) => {
    // Components make their children by the class.
    expect(programs).toMatch(new RegExp(`(?:new neon\\.${kind}\\(|make\\(\\s*neon\\.${kind},)`));
  });
});
