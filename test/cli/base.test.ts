import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { compareCodeWithBase } from "../../cli/review/baseCommit.js";

/** What is new in a program since a commit, read from a repository. */

let root: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const git = (...words: string[]) =>
  execFileSync("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgSign=false", ...words]);
const found = async () =>
  (await compareCodeWithBase(join(root, "infra"), "HEAD")).further.map(({ rule, urn, after }) => `${rule} ${urn} ${after ?? ""}`);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "palisade-base-"));
  git("init", "--quiet");
  write("infra/index.ts", `import { office } from "../shared/ranges";\nimport * as fs from "fs";\nfs.readFileSync(office);\n`);
  write("shared/ranges.ts", `export const office = "203.0.113.0/24";\n`);
  write("app/server.ts", `export {};\n`);
  write("infra/package.json", JSON.stringify({ dependencies: { "@pulumi/aws": "7.48.0" } }));
  write("package.json", JSON.stringify({ devDependencies: { "@pulumi/azure-native": "3.28.0" } }));
  git("add", "--all");
  git("commit", "--quiet", "--message", "base");
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test("nothing is new in the base itself, and other programs of the repository do not matter", async () => {
  write("app/server.ts", `import http from "http";\n`);
  expect(await found()).toEqual([]);
});

test("providers are those of the base's manifests, not of the change's", async () => {
  write("infra/package.json", JSON.stringify({ dependencies: { "@pulumi/aws": "7.48.0", "@pulumi/command": "1.0.0" } }));
  const { base } = await compareCodeWithBase(join(root, "infra"), "HEAD");
  expect([...base.packages].sort()).toEqual(["aws", "azure-native"]);
  expect(await found()).toEqual(["dependencies-changed infra/package.json the package @pulumi/command 1.0.0"]);
});

test("a file outside of the project that the program names is a part of it, and what that one names", async () => {
  write("shared/ranges.ts", `export * from "./deep";\n`);
  write("shared/deep/index.ts", `fetch("https://evil.example");\nexport const office = "";\n`);
  expect(await found()).toEqual(["program-code-changed shared/deep/index.ts the network"]);
});

test("an untracked file beside the program, and a manifest above it, count", async () => {
  write("infra/helper.js", `require("child_process").execSync("id");\n`);
  write("package.json", JSON.stringify({ overrides: { got: "1.0.0" } }));
  expect(await found()).toEqual([
    "program-code-changed infra/helper.js the module child_process",
    "dependencies-changed package.json the setting overrides",
  ]);
});

test("rules are read from the base: a change does not let itself pass", async () => {
  const rules = `dependencies: [{ packages: ["@pulumi/*"], allow: patch }]\n`;
  const move = () => {
    write("infra/package.json", JSON.stringify({ dependencies: { "@pulumi/aws": "7.48.1" } }));
  };
  write("infra/palisade-review.yaml", rules);
  move();
  expect(await found()).toEqual([
    "dependencies-changed infra/package.json the package @pulumi/aws 7.48.1",
    "dependencies-changed infra/palisade-review.yaml how the program is installed, loaded or judged",
  ]);
  git("checkout", "--quiet", "--", ".");
  git("add", "--all");
  git("commit", "--quiet", "--message", "rules");
  move();
  expect(await found()).toEqual([]);
  const { base } = await compareCodeWithBase(join(root, "infra"), "HEAD");
  expect([base.mayMove("aws", "7.48.0", "7.48.1"), base.mayMove("aws", "7.48.0", "7.49.0")]).toEqual([true, false]);
});

test.each(["nowhere", "--upload-pack=evil", "HEAD:infra"])("the base %s names no commit", async (base) => {
  await expect(compareCodeWithBase(root, base)).rejects.toThrow("--base:");
});
