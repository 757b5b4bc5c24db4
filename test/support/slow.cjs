const { relative, resolve, sep } = require("node:path");

/**
 * The files of tests that `npm run test:fast` leaves out: every one that runs the Pulumi CLI or starts Postgres by itself, and what takes six
 * seconds and more. The numbers are seconds, of a run of all tests by two workers on two cores.
 */
const SECONDS = require("./slow.json");
const TESTS = resolve(__dirname, "..");

/** Of a file that is not listed: 0. */
exports.secondsOf = (path) =>
  SECONDS[
    relative(TESTS, path)
      .split(sep)
      .join("/")
      .replace(/\.test\.ts$/, "")
  ] ?? 0;
