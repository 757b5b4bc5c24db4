const { mkdtempSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { rememberLogins } = require("./pulumiLogins.cjs");
const useMemory = require("./useMemory.cjs");

/** Jest's `globalSetup`. */
module.exports = () => {
  rememberLogins();
  useMemory();
  process.env.PALISADE_FIRST_PLANE = mkdtempSync(join(tmpdir(), "palisade-first-plane-"));
};
