/**
 * Preloaded into the Node processes of a run (test/support/beginRun): what one has compiled, the next finds compiled. A run starts more than a
 * thousand that load the same modules and live for less than a second: Pulumi's SDK and the provider take 140 ms of processor instead of 180 ms. Of
 * the modules of the checkout alone, which do not change while tests run: V8 compares no more than their length.
 */
const { readFileSync, realpathSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, resolve, sep } = require("node:path");
const { threadId } = require("node:worker_threads");

const CHECKOUT = resolve(__dirname, "../..");
const UNCHANGED = ["dist", "node_modules", join("control-plane", "dist")].map((folder) => join(CHECKOUT, folder) + sep);
const PARAMETERS = ["exports", "require", "module", "__filename", "__dirname"];
/** Pulumi kills what it does not need any more: what it has loaded is kept before it ends. */
const LOADED_AFTER_MS = 150;
const LONGEST_NAME = 200;

const { PALISADE_COMPILED: folder } = process.env;
const { _compile: compile } = Module.prototype;
let compiled;

// A test that gives a process an environment of its own has it compile for itself.
if (folder !== undefined) Module.prototype._compile = compileFromKept;

function compileFromKept(source, path, format) {
  const isKept = format !== "module" && UNCHANGED.some((unchanged) => path.startsWith(unchanged));
  const script = isKept ? (compiled ??= new Compiled()).createScript(source, path) : undefined;
  if (script === undefined) return compile.call(this, source, path, format);
  const load = script.runInThisContext();
  return load.call(this.exports, this.exports, Module.createRequire(path), this, path, dirname(path));
}

/** What the processes of one program have compiled. Its arguments to Node count: V8 refuses what was compiled with other flags. */
class Compiled {
  // Most processes of a run load nothing of the checkout, and these two take a while.
  #createModuleScript = require("./moduleScript.cjs").createModuleScript;
  #v8 = require("node:v8");
  #file = join(folder, [findProgram(), ...process.execArgv].join(" ").replaceAll(/\W+/g, "-").slice(-LONGEST_NAME));
  /** By the path of a module. */
  #kept = this.#read();
  #added = new Map();

  constructor() {
    setTimeout(() => this.#keep(), LOADED_AFTER_MS).unref();
    process.once("exit", () => this.#keep());
  }

  createScript(source, path) {
    const script = this.#createModuleScript(source, PARAMETERS, { filename: path, cachedData: this.#kept.get(path) });
    if (script !== undefined && script.cachedDataRejected !== false) this.#added.set(path, script);
    return script;
  }

  #read() {
    try {
      return this.#v8.deserialize(readFileSync(this.#file));
    } catch {
      // Nothing of this program is kept yet.
      return new Map();
    }
  }

  #keep() {
    if (this.#added.size === 0) return;
    for (const [path, script] of this.#added) this.#kept.set(path, script.createCachedData());
    this.#added.clear();
    try {
      // Another process reads the whole of the one or of the other.
      const written = `${this.#file}.${process.pid}.${threadId}`;
      writeFileSync(written, this.#v8.serialize(this.#kept));
      renameSync(written, this.#file);
    } catch {
      // The run is over, or this process runs as somebody else: the next one compiles again.
    }
  }
}

/** The projects of stacks have a link to the modules of the checkout, each its own. */
function findProgram() {
  const [, path = ""] = process.argv;
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
