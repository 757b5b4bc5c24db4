import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** What a script prints that has `Environment`, in a process of its own, whose hooks the environment changes. */
function runBeside(script: string): unknown {
  const begin = `const Environment = require(${JSON.stringify(join(__dirname, "environment.cjs"))});
const createEnvironment = () => new Environment({ projectConfig: { globals: {}, testEnvironmentOptions: {} } }, { docblockPragmas: {} });
`;
  return JSON.parse(execFileSync(process.execPath, ["-e", begin + script], { encoding: "utf8" }));
}

it("no promise of a later file asks the storages of an earlier one, and a stack is as long as Node's", () => {
  const script = `const { AsyncLocalStorage, AsyncResource } = require("node:async_hooks");
// Node writes what each storage holds to every promise and resource.
const countAsked = () => Object.getOwnPropertySymbols(new AsyncResource("any")).filter((one) => one.description === "kResourceStore").length;
(async () => {
  const files = [];
  for (const file of ["first", "second"]) {
    const environment = createEnvironment();
    const storage = new AsyncLocalStorage();
    const during = await storage.run(file, async () => [await storage.getStore(), countAsked()]);
    const frames = environment.global.Error.stackTraceLimit;
    await environment.teardown();
    files.push({ during, frames, after: countAsked() });
  }
  console.log(JSON.stringify(files));
})();`;
  expect(runBeside(script)).toEqual([
    { during: ["first", 1], frames: 10, after: 0 },
    { during: ["second", 1], frames: 10, after: 0 },
  ]);
});

it("what waits for ever, as the timer of fetch does, keeps nothing of a file that has ended", () => {
  const script = `const { AsyncLocalStorage, AsyncResource } = require("node:async_hooks");
const environment = createEnvironment();
const [first, second] = [new AsyncLocalStorage(), new AsyncLocalStorage()];
const waits = first.run("kept", () => {
  second.enterWith("as well");
  return new AsyncResource("waits");
});
const listKept = () => {
  const stores = Object.getOwnPropertySymbols(waits).filter((one) => one.description === "kResourceStore");
  return stores.map((one) => Object.values(waits[one]).filter((value) => value !== undefined));
};
const during = [waits.runInAsyncScope(() => [first.getStore(), second.getStore()]), listKept()];
environment.teardown().then(() => console.log(JSON.stringify({ during, after: listKept() })));`;
  expect(runBeside(script)).toEqual({
    during: [
      ["kept", "as well"],
      [["kept"], ["as well"]],
    ],
    after: [[], []],
  });
});

it("a file that has called by fetch, and left a timer, is forgotten with all that it has loaded", () => {
  const script = `const { createServer } = require("node:http");
const { AsyncLocalStorage } = require("node:async_hooks");
const { getHeapStatistics, setFlagsFromString } = require("node:v8");
const { runInNewContext } = require("node:vm");
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const server = createServer((_, response) => response.end("answer")).listen(0, "127.0.0.1", async () => {
  const runFile = async () => {
    const environment = createEnvironment();
    await environment.setup();
    const store = environment.global.eval("({ of: 'the file' })");
    await new AsyncLocalStorage().run(store, async () => {
      setInterval(() => undefined, 60_000).unref();
      await (await fetch("http://127.0.0.1:" + server.address().port)).text();
    });
    await environment.teardown();
  };
  const counts = [];
  for (let file = 0; file < 4; file += 1) {
    await runFile();
    await new Promise((next) => setTimeout(next, 20));
    collect();
    counts.push(getHeapStatistics().number_of_native_contexts);
  }
  console.log(JSON.stringify(counts[3] - counts[0]));
  process.exit();
});`;
  expect(runBeside(script)).toBe(0);
});

it("a module is compiled for the first file that loads it, and is another for each", () => {
  const script = `const { getHeapCodeStatistics } = require("node:v8");
const { compileFunction } = require("node:vm");
const functions = Array.from({ length: 2000 }, (_, at) => "exports.f" + at + " = (given) => given + " + at + ";").join("\\n");
const files = ["first", "second"].map((file) => {
  const environment = createEnvironment();
  const before = getHeapCodeStatistics().bytecode_and_metadata_size;
  const module = { exports: {} };
  const load = compileFunction(functions + "exports.loadedBy = loadedBy;", ["module", "exports"], { filename: "/many.js", parsingContext: environment.context });
  environment.global.loadedBy = file;
  load(module, module.exports);
  for (let at = 0; at < 2000; at += 1) module.exports["f" + at](1);
  return { loadedBy: module.exports.loadedBy, compiled: getHeapCodeStatistics().bytecode_and_metadata_size - before > 100_000 };
});
console.log(JSON.stringify(files));`;
  expect(runBeside(script)).toEqual([
    { loadedBy: "first", compiled: true },
    { loadedBy: "second", compiled: false },
  ]);
});

it("what throws stands where it is written, on the first line as well", () => {
  const script = `const { compileFunction } = require("node:vm");
const { context: parsingContext } = createEnvironment();
const findPlace = (source) => {
  try {
    compileFunction(source, ["module", "exports"], { filename: "/throws.js", parsingContext })({}, {});
  } catch (error) {
    return /throws.js:\\d+(:\\d+)?/.exec(error.stack)[0];
  }
};
const sources = ["  missing();", "\\n\\n missing(); // without an end of the line", "\\n const = 1;"];
console.log(JSON.stringify(sources.map(findPlace)));`;
  expect(runBeside(script)).toEqual(["throws.js:1:3", "throws.js:3:2", "throws.js:2"]);
});

it("a module that imports when it runs keeps the callback of Jest, which answers it", () => {
  const script = `const { compileFunction } = require("node:vm");
const { context: parsingContext } = createEnvironment();
const load = compileFunction("return import ('somewhere');", ["module"], { filename: "/imports.js", parsingContext, importModuleDynamically() {} });
load({}).catch((error) => console.log(JSON.stringify(error.code)));`;
  // Node's word for a callback that it has, and asks only with a flag.
  expect(runBeside(script)).toBe("ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG");
});
