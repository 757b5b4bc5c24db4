const Sequencer = require("@jest/test-sequencer").default;
const { secondsOf } = require("./slow.cjs");

/**
 * The longest file begins first, so that none is left over when the other worker has ended. A fresh clone has no times of an earlier run,
 * by which Jest orders: then those of slow.json count.
 */
module.exports = class extends Sequencer {
  time(test) {
    return super.time(test) ?? secondsOf(test.path) * 1000;
  }
};
