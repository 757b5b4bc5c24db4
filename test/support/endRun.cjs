const { rmSync } = require("node:fs");
const { assertNoNewLogins } = require("./pulumiLogins.cjs");
const { leaveMemory } = require("./useMemory.cjs");

/** Jest's `globalTeardown`. */
module.exports = () => {
  rmSync(process.env.PALISADE_FIRST_PLANE, { recursive: true, force: true });
  leaveMemory();
  assertNoNewLogins();
};
