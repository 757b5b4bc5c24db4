import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Stack, STACK } from "../support/pulumi.js";

/** What makes the tests of this folder cheap changes nothing of what they see. */
const ROOT = resolve(__dirname, "../..");
const run = promisify(execFile);
const stacks: Stack[] = [];

jest.setTimeout(120_000);
afterAll(() => Promise.all(stacks.map((stack) => stack.dispose())), 60_000);

async function newStack(): Promise<Stack> {
  const stack = await Stack.create({ program: 'exports.said = require("@pulumi/pulumi").secret("quiet");' });
  stacks.push(stack);
  await stack.init({ "test:plain": "one", "test:hidden": { secret: "two" } });
  return stack;
}

test("a stack that was copied is selected, and has its settings, its secrets and a state of its own", async () => {
  const [made, copied] = [await newStack(), await newStack()];
  const stateOf = (stack: Stack) => readFile(join(stack.root, "state/.pulumi/stacks/test", `${STACK}.json`), "utf8");
  expect(await stateOf(copied)).toBe(await stateOf(made));
  await copied.up({ check: true });
  expect(await stateOf(copied)).not.toBe(await stateOf(made));
  const says = async (...words: string[]) => (await copied.run(words, { check: true })).stdout.trim();
  expect(await says("stack", "--show-name")).toBe(STACK);
  expect([await says("config", "get", "plain"), await says("config", "get", "hidden")]).toEqual(["one", "two"]);
  expect(await says("stack", "output", "said", "--show-secrets")).toBe("quiet");
  expect(await copied.exportState()).toEqual(JSON.parse(await says("stack", "export")));
});

test("a program loads what only functions in a state need when it needs it, and serialises them as ever", async () => {
  const node = async (script: string, ...flags: string[]) =>
    (await run(process.execPath, [...flags, "-e", script], { cwd: ROOT })).stdout.trim();
  const lazily = ["--require", join(ROOT, "dist/tools/pulumi/lazyModules.js")];
  const loaded = `require("@pulumi/pulumi");
    console.log(Object.keys(require.cache).filter((path) => /node_modules.(typescript|@npmcli.arborist)./.test(path)).length > 0);`;
  expect([await node(loaded), await node(loaded, ...lazily)]).toEqual(["true", "false"]);
  const serialised = `const pulumi = require("@pulumi/pulumi"); const semver = require("semver"); const factor = 2;
    pulumi.runtime.serializeFunction((n) => n * factor + semver.major("1.2.3")).then(({ text }) => console.log(text));`;
  const text = await node(serialised, ...lazily);
  expect(text).toContain("factor");
  expect(text).toBe(await node(serialised));
});
