const { rmSync } = require("node:fs");
const { assertNoNewLogins } = require("./pulumiLogins.cjs");
const { leaveMemory } = require("./useMemory.cjs");

/** Jest's `globalTeardown`. */
module.exports = () => {
  for (const folder of [process.env.PALISADE_FIRST_PLANE, process.env.PALISADE_COMPILED]) rmSync(folder, { recursive: true, force: true });
  leaveMemory();
  assertNoNewLogins();
};
