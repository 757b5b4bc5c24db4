import { deepStrictEqual } from "node:assert";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import type { ErrorCode } from "../../contract/errors.js";
import { countChanges, type Stack } from "../pulumi/stack.js";
import type { Files, TestProject } from "./testProject.js";

const CHECKOUT = findPackageRoot(__dirname);
const PROJECT = `new neon.Project("shop", {
  name: "shop", regionId: "aws-eu-central-1", network: { allow: "listed", ranges: ["203.0.113.1"] },
})`;
const REQUIRES = `const neon = require("@palisade/neon");\nconst pulumi = require("@pulumi/pulumi");\n`;

/** Created, updated without a change, and destroyed. */
async function checkLifecycle({ stack, up }: TestProject): Promise<string> {
  await up({ create: 2 });
  await up("nothing");
  deepStrictEqual(countChanges(await stack.destroy({ check: true })), { delete: 2 });
  return "ok";
}

const defineForm = (files: Files) => async (testProject: TestProject) => {
  await testProject.write(files);
  return checkLifecycle(testProject);
};

/** How programs are written, started and kept: each is a real update in a folder of its own. Says what it came to; throws where that is wrong. */
export const FORMS = {
  CommonJS: defineForm({ "index.js": `${REQUIRES}exports.id = ${PROJECT}.id;` }),

  ESM: defineForm({
    "package.json": JSON.stringify({ name: "test", type: "module", main: "index.js" }),
    "index.js": `import * as neon from "@palisade/neon";
import { Project } from "@palisade/neon";
import { findProject } from "@palisade/neon/lookup";
if (Project !== neon.Project || typeof findProject !== "function") throw new Error("a named import is missing");
export const { id } = ${PROJECT};`,
  }),

  "TypeScript by Pulumi": defineForm({
    "Pulumi.yaml": "name: test\nruntime: nodejs\n",
    "package.json": JSON.stringify({ name: "test", main: "index.ts" }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { strict: true, module: "node16", moduleResolution: "node16", skipLibCheck: true },
    }),
    "index.ts": `import * as neon from "@palisade/neon";\nexport const { id } = ${PROJECT};`,
  }),

  "TypeScript by tsx": defineForm({
    "Pulumi.yaml": "name: test\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: --import tsx\n",
    "package.json": JSON.stringify({ name: "test", main: "index.ts" }),
    "index.ts": `import * as neon from "@palisade/neon";\nexport const { id } = ${PROJECT};`,
  }),

  "Automation API": async ({ stack, write, access }) => {
    await write({
      "run.js": `${REQUIRES}const { LocalWorkspace } = require("@pulumi/pulumi/automation");
(async () => {
  const program = async () => ({ id: ${PROJECT}.id });
  const stack = await LocalWorkspace.createOrSelectStack({ stackName: "inline", projectName: "inline", program }, { workDir: __dirname });
  await stack.setConfig("palisade:apiUrl", { value: process.argv[2] });
  const changes = [];
  for (const act of ["up", "up", "destroy"]) changes.push((await stack[act]()).summary.resourceChanges);
  console.log(JSON.stringify(changes));
})();`,
    });
    const { stdout } = await runNode(stack, "run.js", access.apiUrl);
    deepStrictEqual(JSON.parse(stdout), [{ create: 2 }, { same: 2 }, { delete: 2 }]);
    return "ok";
  },

  "moduleResolution node10": (testProject) => compileImports(testProject, "commonjs", "node10"),
  "moduleResolution node16": (testProject) => compileImports(testProject, "node16", "node16"),
  "moduleResolution bundler": (testProject) => compileImports(testProject, "esnext", "bundler"),

  StackReference: async ({ addStack, stack, up, write }) => {
    await write({
      "index.js": `${REQUIRES}
if (pulumi.getStack() === "dev") {
  const { projectId, defaultBranchId } = ${PROJECT};
  Object.assign(exports, { projectId, defaultBranchId, password: pulumi.secret("hunter22") });
} else {
  const base = new pulumi.StackReference("organization/test/dev");
  const at = { projectId: base.requireOutput("projectId"), branchId: base.requireOutput("defaultBranchId") };
  new neon.Role("app", { ...at, name: "app" });
  new neon.IpAllowlistEntry("office", { projectId: at.projectId, ranges: ["198.51.100.7"] });
}`,
    });
    await up({ create: 2 });
    await addStack("apps");
    await up({}, { name: "apps" });
    await up("nothing", { name: "apps" });
    await stack.run(["destroy", "--stack", "apps", "--yes", "--skip-preview"], { check: true });
    await up("nothing");
    return "ok";
  },

  "provider and providers": async ({ stack, write }) => {
    await write({
      "index.js": `${REQUIRES}
class Provider extends pulumi.ProviderResource { constructor(name) { super("pulumi-nodejs", name, {}); } }
class Box extends pulumi.ComponentResource {
  constructor(name, opts) {
    super("programs:index:Box", name, {}, opts);
    const { projectId } = new neon.Project(name, { name, regionId: "aws-eu-central-1", network: { allow: "nobody" } }, { parent: this });
    new neon.Branch(name + "-dev", { projectId, name: "dev" }, { parent: this });
  }
}
const provider = new Provider("explicit");
const shapes = {
  providers: () => new Box("map", { providers: { "pulumi-nodejs": provider } }),
  list: () => new Box("list", { providers: [provider] }),
  provider: () => new neon.Project("shop", { name: "shop", regionId: "aws-eu-central-1", network: { allow: "nobody" } }, { provider }),
};
const made = Object.entries(shapes).map(([shape, make]) => {
  try {
    make();
    return shape + " was made";
  } catch (error) {
    return shape + ": " + error.message;
  }
});
throw new pulumi.RunError(made.join("\\n"));`,
    });
    const refused: ErrorCode = "PAL_EXPLICIT_PROVIDER";
    const { code, stdout } = await stack.up();
    for (const shape of ["providers", "list", "provider"])
      if (code === 0 || !new RegExp(`\\b${shape}: .*\\[${refused}\\]`).test(stdout))
        throw new Error(`${shape}: it was not refused: ${stdout}`);
    return refused;
  },

  "stack rename": async ({ stack, up, write }) => {
    await write({ "index.js": `${REQUIRES}const { projectId } = ${PROJECT};\nnew neon.Branch("dev", { projectId, name: "dev" });` });
    await up({ create: 3 });
    await stack.run(["stack", "rename", "renamed", "--stack", "dev"], { check: true });
    await up("nothing", { name: "renamed" });
    await stack.run(["destroy", "--stack", "renamed", "--yes", "--skip-preview"], { check: true });
    return "ok";
  },

  "state move": async ({ addStack, stack, up, write }) => {
    await write({
      "index.js": `${REQUIRES}
if (pulumi.getStack() === process.env.HOLDER) {
  const { projectId } = ${PROJECT};
  new neon.Branch("dev", { projectId, name: "dev" });
  new neon.IpAllowlistEntry("office", { projectId, ranges: ["198.51.100.7"] });
}`,
    });
    await up({ create: 4 }, { env: { HOLDER: "dev" } });
    await addStack("other");
    const urns = ((await stack.exportState()).deployment.resources ?? []).flatMap(({ urn, type }) =>
      type.includes("/palisade:") ? [urn] : [],
    );
    await stack.run(["state", "move", "--yes", "--source", "dev", "--dest", "other", ...urns], { check: true });
    for (const name of ["dev", "other"]) await up("nothing", { name, env: { HOLDER: "other" } });
    await stack.run(["destroy", "--stack", "other", "--yes", "--skip-preview"], { check: true });
    return "ok";
  },

  "--target": async ({ stack, up, write }) => {
    const two = (retention: number) => `${REQUIRES}
for (const name of ["a", "b"]) {
  const { projectId } = new neon.Project(name, {
    name, regionId: "aws-eu-central-1", network: { allow: "nobody" }, historyRetentionSeconds: ${retention},
  });
  new neon.Branch(name + "-dev", { projectId, name: "dev" });
}`;
    await write({ "index.js": two(3_600) });
    await up({ create: 2, same: 3 }, { args: ["--target", "**::a"] });
    await up({ create: 3, same: 2 });
    await write({ "index.js": two(7_200) });
    await up({ same: 4, update: 1 }, { args: ["--target", "**::b"] });
    deepStrictEqual(countChanges(await stack.destroy({ args: ["--target", "**::b", "--target-dependents"], check: true })), {
      delete: 2,
      same: 3,
    });
    await up({ create: 2, same: 2, update: 1 });
    return "ok";
  },

  "library in an npm workspace": async (testProject) => {
    const infra = join(testProject.stack.project, "packages", "infra");
    await testProject.write({
      "package.json": JSON.stringify({ name: "root", private: true, workspaces: ["packages/*"] }),
      "packages/shared/package.json": JSON.stringify({ name: "shared", main: "index.js", dependencies: { "@palisade/neon": "*" } }),
      "packages/shared/index.js": `const neon = require("@palisade/neon");\nexports.shop = () => ${PROJECT};`,
      "packages/infra/package.json": JSON.stringify({
        name: "infra",
        main: "index.js",
        dependencies: { shared: "*", "@palisade/neon": "*" },
      }),
      "packages/infra/index.js": `exports.id = require("shared").shop().id;`,
    });
    for (const file of ["Pulumi.yaml", "Pulumi.dev.yaml"]) await rename(join(testProject.stack.project, file), join(infra, file));
    await hoist(testProject.stack.project, "shared");
    deepStrictEqual(countChanges(await testProject.stack.up({ args: ["--cwd", infra], check: true })), { create: 2 });
    deepStrictEqual(countChanges(await testProject.stack.destroy({ args: ["--cwd", infra], check: true })), { delete: 2 });
    return "ok";
  },
} satisfies Record<string, (testProject: TestProject) => Promise<string>>;
export type Form = keyof typeof FORMS;

/** In the project and its environment; a code other than 0 rejects with what was said. */
const runNode = ({ project, env }: Stack, ...args: string[]) =>
  promisify(execFile)(process.execPath, args, { cwd: project, env }).catch((error: unknown) => {
    const { stdout = "", message } = error as Error & { stdout?: string };
    throw new Error(stdout + message);
  });

/** As `npm install` leaves a workspace: every package in the one node_modules of the root, the workspace's own among them as a link. */
async function hoist(root: string, ...own: readonly string[]): Promise<void> {
  const modules = join(root, "node_modules");
  await rm(modules);
  await mkdir(modules);
  for (const name of await readdir(join(CHECKOUT, "node_modules")))
    await symlink(join(CHECKOUT, "node_modules", name), join(modules, name));
  for (const name of own) await symlink(join("..", "packages", name), join(modules, name));
}

/** Every sub-path of the package, under one way to look modules up. */
async function compileImports({ stack, write }: TestProject, module: string, moduleResolution: string): Promise<string> {
  const imports = listSubPaths().map(
    (path, index) => `import * as e${index} from ${JSON.stringify(path)};\nexport type E${index} = typeof e${index};`,
  );
  const compilerOptions = { target: "es2022", module, moduleResolution, strict: true, noEmit: true, skipLibCheck: true, types: [] };
  await write({ "all.ts": imports.join("\n"), "tsconfig.json": JSON.stringify({ compilerOptions, files: ["all.ts"] }) });
  const tsc = join(CHECKOUT, "node_modules", "typescript", "bin", "tsc");
  await runNode(stack, tsc, "-p", ".");
  return "ok";
}

/** What `exports` of package.json offers to a program, its patterns filled in. */
function listSubPaths(): string[] {
  const { exports: entries } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8")) as {
    exports: Record<string, { types?: string }>;
  };
  return Object.entries(entries).flatMap(([path, { types }]) => {
    if (types === undefined) return [];
    const name = `@palisade/neon${path.slice(1)}`;
    if (!types.includes("*")) return [name];
    const [folder = "", ending = ""] = types.split("*");
    const files = readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(ending));
    return files.map((file) => name.replace("*", file.slice(0, -ending.length).replaceAll("\\", "/")));
  });
}
