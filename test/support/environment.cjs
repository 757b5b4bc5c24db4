const hooks = require("node:async_hooks");
const { TestEnvironment } = require("jest-environment-node");
const { setFlagsFromString } = require("node:v8");
require("./compileOnce.cjs");

// Of functions that run for the tests of one file, V8 made machine code as it does for a server: eight times as rarely saves a tenth of the time of a worker.
setFlagsFromString("--interrupt-budget=540672");

/**
 * `AsyncLocalStorage`s that were made while the present file ran. Jest's runner makes one for each file and never disables it, and Pulumi's SDK makes
 * another: every promise of every later file of the worker would ask all of them, and the hundredth file took four times as long as the first.
 */
const storages = new Set();

/**
 * Node writes what a storage holds to everything that waits, and some waits for ever, such as the timer of `fetch`: it kept the whole of each file in
 * memory. What is written is a box, which is emptied.
 */
hooks.AsyncLocalStorage = class AsyncLocalStorage extends hooks.AsyncLocalStorage {
  #boxes = new Set();

  constructor(...options) {
    super(...options);
    storages.add(this);
  }

  getStore() {
    return super.getStore()?.store;
  }

  run(store, ...call) {
    return super.run(this.#putInBox(store), ...call);
  }

  enterWith(store) {
    super.enterWith(this.#putInBox(store));
  }

  end() {
    this.disable();
    for (const box of this.#boxes) box.store = undefined;
    this.#boxes.clear();
  }

  #putInBox(store) {
    const box = { store };
    this.#boxes.add(box);
    return box;
  }
};

const SDK_PROMISES = "/@pulumi/pulumi/runtime/debuggable.js";

/** Jest's environment of Node, which leaves nothing behind for the next file of its worker that costs time. */
module.exports = class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    // As Node has it, instead of Jest's hundred.
    this.global.Error.stackTraceLimit = 10;
  }

  /**
   * Pulumi's SDK takes a stack trace for each of its promises, for programs that hang: it is not mapped to lines of the sources, which was half
   * of the time of a test of components.
   */
  async setup() {
    await super.setup();
    this.global.Error.prepareStackTrace = (error, frames) =>
      frames[0]?.getFileName()?.endsWith(SDK_PROMISES) === true ? String(error) : Error.prepareStackTrace(error, frames);
  }

  async teardown() {
    await super.teardown();
    for (const storage of storages) storage.end();
    storages.clear();
  }
};
