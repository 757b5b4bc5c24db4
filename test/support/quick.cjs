const { secondsOf } = require("./slow.cjs");

/** Jest's `--filter` of `npm run test:fast`: what is not slow. */
module.exports = async (paths) => ({ filtered: paths.filter((path) => secondsOf(path) === 0) });
