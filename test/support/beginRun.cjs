const { rememberLogins } = require("./pulumiLogins.cjs");
const useMemory = require("./useMemory.cjs");

/** Jest's `globalSetup`. */
module.exports = () => {
  rememberLogins();
  useMemory();
};
