const hooks = require("node:async_hooks");
const { TestEnvironment } = require("jest-environment-node");

/**
 * `AsyncLocalStorage`s that were made while the present file ran. Jest's runner makes one for each file and never disables it, and Pulumi's SDK makes
 * another: every promise of every later file of the worker would ask all of them, and the hundredth file took four times as long as the first.
 */
const storages = new Set();

hooks.AsyncLocalStorage = class AsyncLocalStorage extends hooks.AsyncLocalStorage {
  constructor(...options) {
    super(...options);
    storages.add(this);
  }
};

/** Jest's environment of Node, which leaves nothing behind for the next file of its worker that costs time. */
module.exports = class extends TestEnvironment {
  constructor(...options) {
    super(...options);
    // As Node has it. Jest's hundred is formatted for each promise of Pulumi's SDK, and was half of the time of a test of components.
    this.global.Error.stackTraceLimit = 10;
  }

  async teardown() {
    await super.teardown();
    for (const storage of storages) storage.disable();
    storages.clear();
  }
};
