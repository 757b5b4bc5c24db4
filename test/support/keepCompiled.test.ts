import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deserialize } from "node:v8";

const ROOT = join(__dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "palisade-compiled-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a program of its own process prints, with an environment that says where to keep or does not. */
function run(script: string, compiled: string | null = folder): string {
  const env = {
    ...process.env,
    PALISADE_COMPILED: compiled ?? undefined,
    NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "keepCompiled.cjs"))}`,
  };
  return execFileSync(process.execPath, ["-e", script], { cwd: ROOT, env, encoding: "utf8" }).trim();
}

/** Says of each script of the checkout whether V8 took what was kept. */
const COUNTED = `const vm = require("node:vm");
const { Script } = vm;
const counts = { kept: 0, compiled: 0 };
vm.Script = class extends Script {
  constructor(source, options) {
    super(source, options);
    counts[this.cachedDataRejected === false ? "kept" : "compiled"] += 1;
  }
};
`;

it("what one process has compiled, the next one finds, and it does the same", () => {
  const script = `${COUNTED}const ranges = require("ipaddr.js"); console.log(JSON.stringify([ranges.parse("::ffff:1.2.3.4").toIPv4Address().toString(), counts]));`;
  expect(JSON.parse(run(script))).toEqual(["1.2.3.4", { kept: 0, compiled: 1 }]);
  expect(JSON.parse(run(script))).toEqual(["1.2.3.4", { kept: 1, compiled: 0 }]);
});

it("what was damaged, or belongs to another version of the file, is compiled again", () => {
  const script = `${COUNTED}require("ipaddr.js"); console.log(JSON.stringify(counts));`;
  run(script);
  const [name = ""] = readdirSync(folder);
  const [path] = [...(deserialize(readFileSync(join(folder, name))) as Map<string, Buffer>).keys()];
  expect(path).toContain("ipaddr.js");
  writeFileSync(join(folder, name), "damaged");
  expect(JSON.parse(run(script))).toEqual({ kept: 0, compiled: 1 });
  expect(JSON.parse(run(script))).toEqual({ kept: 1, compiled: 0 });
});

it("a module throws where it is written", () => {
  const script = `try {
  require("ipaddr.js").parse("no address");
} catch (error) {
  console.log(/ipaddr.js:\\d+:\\d+/.exec(error.stack)[0]);
}`;
  const plain = run(script, null);
  expect(plain).toMatch(/^ipaddr.js:\d+:\d+$/);
  expect([run(script), run(script)]).toEqual([plain, plain]);
});

it("nothing is kept of files that a test may change, nor where nobody said where", () => {
  const script = join(folder, "own.cjs");
  writeFileSync(script, "module.exports = 1;");
  run(`require(${JSON.stringify(script)})`);
  run(`require("ipaddr.js")`, null);
  expect(readdirSync(folder)).toEqual(["own.cjs"]);
});
