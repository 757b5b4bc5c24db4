import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { ensurePulumi } from "../../tools/pulumi/main.js";
import { countChanges, Stack, type Result } from "../support/pulumi.js";
import { isRunning } from "../support/processes.js";
import { until } from "../support/until.js";

const DIST = resolve(__dirname, "../../dist/tools/pulumi");

const things = (sizeOfTwo: number): string => `
const pulumi = require("@pulumi/pulumi");
const provider = {
  create: async ({ size }) => ({ id: "id-" + size, outs: { size } }),
  update: async (_id, _olds, { size }) => ({ outs: { size } }),
};
class Thing extends pulumi.dynamic.Resource {
  constructor(name, size) { super(provider, name, { size }); }
}
new Thing("one", 1);
new Thing("two", ${sizeOfTwo});
exports.greeting = new pulumi.Config().require("greeting");
exports.token = new pulumi.Config("other").requireSecret("token");
`;

/** Writes the process ids of its host and itself, then never ends. */
const ENDLESS = `
require("node:fs").writeFileSync("pids.tmp", JSON.stringify([process.ppid, process.pid]));
require("node:fs").renameSync("pids.tmp", "pids.json");
setInterval(() => {}, 1000);
`;

const stacks: Stack[] = [];
const children: ChildProcess[] = [];

async function newStack(program: string): Promise<Stack> {
  const stack = await Stack.create({ program });
  stacks.push(stack);
  return stack;
}

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(stacks.map((stack) => stack.dispose()));
}, 60_000);

jest.setTimeout(300_000);

describe("a plain JavaScript program with dynamic resources", () => {
  let stack: Stack;
  let first: Result;

  beforeAll(async () => {
    stack = await newStack(things(2));
    await stack.init({ "test:greeting": 'hello: "you"', "other:token": { secret: "s3cr3t-marker" } });
    first = await stack.up({ check: true });
  });

  it("is created with its configuration, secrets encrypted in the state", async () => {
    expect(countChanges(first)).toEqual({ create: 3 });
    const state = await stack.exportState();
    const made = state.deployment.resources?.filter(({ type }) => type === "pulumi-nodejs:dynamic:Resource") ?? [];
    expect(made.map(({ id }) => id).sort()).toEqual(["id-1", "id-2"]);
    expect(state.deployment.resources?.[0]?.outputs).toMatchObject({ greeting: 'hello: "you"' });
    expect(JSON.stringify(state)).not.toContain("s3cr3t-marker");
    expect((await stack.run(["stack", "output", "token", "--show-secrets"])).stdout.trim()).toBe("s3cr3t-marker");
  });

  it("stays the same when nothing changed, and only what changed is updated", async () => {
    expect(countChanges(await stack.preview({ check: true }))).toEqual({ same: 3 });
    await stack.setProgram(things(3));
    expect(countChanges(await stack.up({ check: true }))).toEqual({ same: 2, update: 1 });
  });

  it("shows its own error once and fails", async () => {
    await stack.setProgram(`(function thrower() { throw new Error("marker of this program"); })();`);
    const { code, stdout, stderr } = await stack.preview();
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain("marker of this program");
    expect(`${stdout}${stderr}`).not.toContain("exited with");
  });

  it("is told apart from a program that ends without a word", async () => {
    await stack.setProgram("process.exit(5);");
    const { code, stdout, stderr } = await stack.preview();
    expect(code).not.toBe(0);
    expect(`${stdout}${stderr}`).toMatch(/exited with (non-zero exit )?code:? 5/);
  });

  it("takes back an exported state and destroys what it holds", async () => {
    await stack.importState(await stack.exportState());
    expect(countChanges(await stack.destroy({ check: true }))).toEqual({ delete: 3 });
    expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
  });
});

describe("the processes of a run", () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await newStack(ENDLESS);
    await stack.init();
  });

  it.each(["SIGKILL", "SIGINT"] as const)("end with a CLI that is hit by %s", async (signal) => {
    const up = stack.startUp();
    const file = join(stack.project, "pids.json");
    const pids = await until("the program starts", () =>
      readFile(file, "utf8").then(
        (text) => JSON.parse(text) as number[],
        () => undefined,
      ),
    );
    await rm(file);
    up.kill(signal);
    expect((await up.result).code).not.toBe(0);
    await until("host and program end", () => !pids.some(isRunning));
    await stack.run(["cancel", "--yes"]);
  });
});

describe("a stack that is put away while its CLI was killed", () => {
  it("leaves neither files nor the provider, which Pulumi leaves running", async () => {
    const stack = await newStack(`
      const pulumi = require("@pulumi/pulumi");
      const provider = {
        create: () => {
          require("node:fs").writeFileSync("provider.tmp", String(process.pid));
          require("node:fs").renameSync("provider.tmp", "provider.pid");
          return new Promise(() => setInterval(() => {}, 1000));
        },
      };
      class Thing extends pulumi.dynamic.Resource {
        constructor(name) { super(provider, name, {}); }
      }
      new Thing("one");
    `);
    await stack.init();
    const up = stack.startUp();
    const pid = await until("the provider is called", () =>
      readFile(join(stack.project, "provider.pid"), "utf8").then(Number, () => undefined),
    );
    up.kill("SIGKILL");
    await up.result;
    await stack.dispose();
    await until("the provider ends", () => !isRunning(pid));
    await expect(access(stack.root)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("node dist/tools/pulumi/main.js", () => {
  const main = (...args: string[]) => spawnSync(process.execPath, [join(DIST, "main.js"), ...args], { encoding: "utf8" });

  it("prints the CLI it found, where and of which origin", async () => {
    const found = await ensurePulumi({ log: () => undefined });
    expect(main("--output", "json")).toMatchObject({ status: 0, stdout: `${JSON.stringify(found)}\n` });
    const { status, stdout } = main();
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Pulumi ${found.version}, (found on PATH|installed|built from source).*: ${found.binary}\n$`));
  });

  it.each([
    [["--output", "xml"], "--output takes text or json, not xml"],
    [["--colour"], "Unknown option '--colour'"],
  ])("fails with one sentence: %j", (words, why) => {
    const { status, stdout, stderr } = main(...words);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^The command line is wrong: .*\[PAL_USAGE\]\n$/);
    expect(stderr).toContain(why);
  });
});

describe("our language host", () => {
  async function start(cwd: string): Promise<{ host: ChildProcess; port: string }> {
    const host = spawn(process.execPath, [join(DIST, "languageHost.js"), "127.0.0.1:1"], { cwd, stdio: ["pipe", "pipe", "inherit"] });
    children.push(host);
    const [chunk] = (await once(host.stdout, "data")) as [Buffer];
    return { host, port: chunk.toString() };
  }

  it("prints its port and ends of its own on SIGINT, so that no CLI call waits for it", async () => {
    const { host, port } = await start(__dirname);
    expect(port).toMatch(/^\d+\n$/);
    host.kill("SIGINT");
    expect(await once(host, "exit")).toEqual([0, null]);
  });

  it("has ended of its own, not by force, after every call of the CLI", async () => {
    const stack = await newStack("");
    const folder = join(stack.root, "path");
    await mkdir(folder);
    await writeFile(
      join(folder, "pulumi-language-nodejs"),
      `#!/bin/sh\ntrap : INT\necho start >> "$0.log"\n"${process.execPath}" "${join(DIST, "languageHost.js")}" "$@"\necho "end $?" >> "$0.log"\n`,
      { mode: 0o755 },
    );
    const env = { PATH: [folder, stack.env.PATH].join(delimiter) };
    await stack.init();
    await stack.up({ check: true, env });
    await stack.preview({ check: true, env });
    const log = await readFile(join(folder, "pulumi-language-nodejs.log"), "utf8");
    expect(log).toMatch(/^(start\nend 0\n)+$/);
  });

  it("ends when the engine has gone without a signal", async () => {
    const { host } = await start(__dirname);
    host.stdin?.end();
    expect(await once(host, "exit")).toEqual([0, null]);
  });

  it("says where the SDK is missing", async () => {
    const host = spawn(process.execPath, [join(DIST, "languageHost.js"), "127.0.0.1:1"], { cwd: "/", stdio: ["pipe", "pipe", "pipe"] });
    children.push(host);
    let text = "";
    host.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    expect(await once(host, "close")).toEqual([1, null]);
    expect(text).toBe("cannot find @pulumi/pulumi/package.json from /: run npm install there\n");
  });
});

describe("a provider written in Node beside the program", () => {
  it("is run through the language host", async () => {
    const stack = await newStack(`
      const pulumi = require("@pulumi/pulumi");
      class Thing extends pulumi.CustomResource {
        constructor(name, args) { super("mini:index:Thing", name, args); }
      }
      new Thing("one", { size: 1 });
    `);
    const folder = join(stack.project, "mini");
    await mkdir(folder);
    await writeFile(join(folder, "PulumiPlugin.yaml"), "runtime: nodejs\n");
    await writeFile(
      join(folder, "index.js"),
      `require("@pulumi/pulumi").provider.main({
        version: "1.0.0",
        schema: "{}",
        create: async (_urn, inputs) => ({ id: "mini-" + inputs.size, outs: inputs }),
      }, process.argv.slice(2));`,
    );
    const project = join(stack.project, "Pulumi.yaml");
    await writeFile(project, `${await readFile(project, "utf8")}plugins:\n  providers:\n    - name: mini\n      path: ./mini\n`);
    await stack.init();
    expect(countChanges(await stack.up({ check: true }))).toEqual({ create: 2 });
    const resources = (await stack.exportState()).deployment.resources ?? [];
    expect(resources.map(({ id }) => id)).toContain("mini-1");
  });
});
