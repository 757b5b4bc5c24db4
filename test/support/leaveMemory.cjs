/** Jest's `globalTeardown`. */
module.exports = require("./useMemory.cjs").leaveMemory;
