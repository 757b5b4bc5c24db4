const { TestEnvironment } = require("jest-environment-node");

const SDK_PROMISES = "/@pulumi/pulumi/runtime/debuggable.js";

/**
 * Jest's own for Node, in which the stack trace that Pulumi's SDK takes for each of its promises, for programs that hang, is not mapped to
 * lines of the sources: it was 40 % of the time of tests with components. Every other trace is as ever.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.Error.prepareStackTrace = (error, frames) =>
      frames[0]?.getFileName()?.endsWith(SDK_PROMISES) === true ? String(error) : Error.prepareStackTrace(error, frames);
  }
};
