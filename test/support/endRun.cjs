const { assertNoNewLogins } = require("./pulumiLogins.cjs");
const { leaveMemory } = require("./useMemory.cjs");

/** Jest's `globalTeardown`. */
module.exports = () => {
  leaveMemory();
  assertNoNewLogins();
};
