/**
 * Preloaded into the Node processes of a run (test/support/beginRun): what one has compiled, the next finds compiled. A run starts two thousand, which
 * live for less than a second and spent a tenth of it on the same modules. Of those of the checkout alone, which do not change while tests run.
 */
const { readFileSync, realpathSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, resolve, sep } = require("node:path");
const { threadId } = require("node:worker_threads");

const CHECKOUT = resolve(__dirname, "../..");
const UNCHANGED = ["dist", "node_modules", join("control-plane", "dist")].map((folder) => join(CHECKOUT, folder) + sep);
const HEAD = "(function (exports, require, module, __filename, __dirname) {";
/** V8 does not keep what Node asks for an `import()`. */
const IMPORTS = /\bimport\s*\(/;
/** Pulumi kills what it does not need any more: what it has loaded is kept before it ends. */
const LOADED_AFTER_MS = 150;
const LONGEST_NAME = 200;

const { PALISADE_COMPILED: folder } = process.env;
const { _compile: compile } = Module.prototype;
let compiled;

// A test that gives a process an environment of its own has it compile for itself.
if (folder !== undefined) Module.prototype._compile = compileOnce;

function compileOnce(source, path, format) {
  const isKept = format !== "module" && UNCHANGED.some((unchanged) => path.startsWith(unchanged)) && !IMPORTS.test(source);
  if (!isKept) return compile.call(this, source, path, format);
  const script = (compiled ??= new Compiled()).createScript(source, path);
  // What is no CommonJS is for Node to say.
  if (script === undefined) return compile.call(this, source, path, format);
  const load = script.runInThisContext();
  return load.call(this.exports, this.exports, Module.createRequire(path), this, path, dirname(path));
}

/** What the processes of one program have compiled. Its arguments to Node count: V8 refuses what was compiled with other flags. */
class Compiled {
  // Most processes of a run load nothing of the checkout, and these two take a while.
  #vm = require("node:vm");
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
    const cachedData = this.#kept.get(path);
    try {
      const script = new this.#vm.Script(`${HEAD}${source}\n})`, {
        filename: path,
        columnOffset: -HEAD.length,
        ...(cachedData && { cachedData }),
      });
      if (script.cachedDataRejected !== false) this.#added.set(path, script);
      return script;
    } catch {
      return undefined;
    }
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
