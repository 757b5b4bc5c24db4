import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ERRORS } from "@palisade/neon/contract/errors";
import { countChanges, type Stack } from "../support/pulumi.js";
import { names, newPlane, newStack, program, project, putAway, readRecorded } from "./lab.js";

const CHECKOUT = resolve(__dirname, "../..");

let files: string[];
let stack: Stack;
let plane: Awaited<ReturnType<typeof newPlane>>;

jest.setTimeout(120_000);
afterAll(putAway, 60_000);

beforeAll(async () => {
  plane = await newPlane();
  stack = await newStack(program(project()), plane.ready);
  files = await install(join(stack.project, "node_modules"));
}, 120_000);

/** What `npm install @palisade/neon @pulumi/pulumi @pulumi/policy` would leave, of the packed tarball, without a registry; returns what the tarball holds. */
async function install(modules: string): Promise<string[]> {
  await rm(modules);
  const own = join(modules, "@palisade", "neon");
  await mkdir(own, { recursive: true });
  const packed = execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", stack.root], {
    cwd: CHECKOUT,
    encoding: "utf8",
  });
  const [tarball] = JSON.parse(packed) as { filename: string; files: { path: string }[] }[];
  if (!tarball) throw new Error("npm packed nothing");
  execFileSync("tar", ["-xzf", join(stack.root, tarball.filename), "-C", own, "--strip-components=1"]);

  const { bin, dependencies } = manifest(own);
  const folders = [...needed(CHECKOUT, [...Object.keys(dependencies ?? {}), "@pulumi/pulumi", "@pulumi/policy"])]
    .map((folder) => relative(join(CHECKOUT, "node_modules"), folder))
    .filter((folder) => !folder.includes("/node_modules/"));
  execFileSync("cp", ["-R", "--parents", ...folders, modules], { cwd: join(CHECKOUT, "node_modules") });
  await mkdir(join(modules, ".bin"));
  for (const [name, file] of Object.entries(bin ?? {})) {
    await chmod(join(own, file), 0o755);
    await symlink(join("..", "@palisade", "neon", file), join(modules, ".bin", name));
  }
  return tarball.files.map(({ path }) => path);
}

/** The folders of packages and of all that they depend on, in the checkout. */
function needed(from: string, packages: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of packages) {
    const folder = folderOf(name, from);
    if (found.has(folder)) continue;
    found.add(folder);
    needed(folder, Object.keys(manifest(folder).dependencies ?? {}), found);
  }
  return found;
}

function folderOf(name: string, from: string): string {
  const folder = join(from, "node_modules", name);
  if (existsSync(folder)) return folder;
  if (from === CHECKOUT) throw new Error(`${name} is not installed`);
  return folderOf(name, dirname(from));
}

const manifest = (folder: string) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    version: string;
    bin?: Record<string, string>;
    dependencies?: Record<string, string>;
  };

test("the tarball holds what is compiled for users and their pages, and neither tests, nor the control plane, nor sources", () => {
  const allowed =
    /^(dist\/(cli|components|contract|encryption|lookup|policy|provider|review|sdk)\/.+\.(js|d\.ts)|docs\/.+\.(md|svg)|(guard|policy)-pack\/.+|package\.json|(README|CHANGELOG|SECURITY)\.md|LICENSE)$/;
  expect(files.filter((file) => !allowed.test(file))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      ...["dist/sdk/index.js", "dist/sdk/index.d.ts", "dist/provider/runtime.js", "dist/cli/main.js"],
      ...["docs/getting-started.md", "docs/review.svg", "docs/reference/project.md"],
    ]),
  );
});

test("in an empty project, up creates, has nothing to do, finds drift and destroys", async () => {
  expect(countChanges(await stack.up({ check: true }))).toEqual({ create: 2 });
  expect(await names(plane.api, plane.ready.orgId)).toEqual(["shop", "shop/main"]);
  expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 2 });
  const { shop } = await readRecorded(stack);
  await plane.api.call("PATCH", `/projects/${shop?.id ?? ""}`, { project: { settings: { block_public_connections: false } } });
  expect((await stack.refresh({ args: ["--preview-only", "--expect-no-changes"] })).code).toBe(7);
  await stack.destroy({ check: true });
  expect(await names(plane.api, plane.ready.orgId)).toEqual([]);
});

test("the policy pack runs from where it is installed", async () => {
  const { code, events } = await stack.preview({ args: ["--policy-pack", "node_modules/@palisade/neon/policy-pack"] });
  expect(code).not.toBe(0);
  expect(events.map(({ policyEvent }) => policyEvent?.policyName)).toContain("private-endpoints-restricted");
});

/** What a program loads with `code`, as paths below the project. */
function loadedBy(code: string): string[] {
  const script = `${code}; console.log(JSON.stringify(Object.keys(require.cache)))`;
  // Not what a run of tests preloads.
  const env = { ...process.env, NODE_OPTIONS: "" };
  const paths = JSON.parse(execFileSync(process.execPath, ["-e", script], { cwd: stack.project, env, encoding: "utf8" })) as string[];
  return paths.map((path) => relative(stack.project, path));
}

test("a program loads nothing from outside of its project, and neither zod nor ipaddr.js with the classes", () => {
  const classes = loadedBy('require("@palisade/neon")');
  expect(classes).toContain("node_modules/@palisade/neon/dist/sdk/index.js");
  expect(classes.filter((path) => /node_modules\/(zod|ipaddr\.js|@neon)\//.test(path))).toEqual([]);
  const provider = loadedBy('require("@palisade/neon/provider")');
  expect(provider.filter((path) => path.startsWith("node_modules/zod/")).length).toBeGreaterThan(0);
  expect([...classes, ...provider].filter((path) => path.startsWith(".."))).toEqual([]);
});

describe("the command", () => {
  const palisade = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(stack.project, "node_modules/.bin/palisade"), words, {
      cwd: stack.project,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };

  test("without the control plane says in one sentence what to install", () => {
    const { summary, remedy } = ERRORS.PAL_NO_PLANE;
    const stderr = `palisade: ${summary}: @palisade/control-plane. ${remedy} [PAL_NO_PLANE]\n`;
    expect(palisade("dev")).toEqual({ status: 1, stdout: "", stderr });
  });

  test("tells its version and its help", async () => {
    const { version } = JSON.parse(await readFile(join(CHECKOUT, "package.json"), "utf8")) as { version: string };
    expect(palisade("--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
    const help = palisade("--help");
    expect(help).toMatchObject({ status: 0, stderr: "" });
    expect(help.stdout).toMatch(/dev[\s\S]*doctor[\s\S]*Exit codes: 0 done, 1 failed, 2 wrong usage/);
  });

  test.each([[["--colour"]], [["dev", "--api-port", "many"]], [["dev", "--plan", "gold"]], [["nonsense"]]])(
    "refuses %j with exit code 2",
    (words) => {
      const { status, stdout, stderr } = palisade(...words);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^error: .+\n/);
    },
  );

  test("leaves nothing behind", async () => {
    expect((await readdir(stack.project)).filter((file) => file.startsWith(".palisade"))).toEqual([]);
  });
});
