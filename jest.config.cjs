const { availableParallelism } = require("node:os");

/** `fast` opens no socket but loopback and needs no build; `engine` runs the real Pulumi CLI and the built package. */
const common = {
  transform: {
    "^.+\\.(t|j|mj)s$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } }],
  },
  transformIgnorePatterns: ["/node_modules/(?!@neon/|cidr-tools|ip-bigint|ip-regex|string-natural-compare)"],
  testEnvironment: "<rootDir>/test/support/environment.cjs",
  moduleNameMapper: {
    // Pulumi's SDK loads these two with all else, for functions in a state.
    "^typescript$": "<rootDir>/test/support/lazy/typescript.cjs",
    "^@npmcli/arborist$": "<rootDir>/test/support/lazy/arborist.cjs",
    "^@palisade/neon/(contract|encryption)/(.*)$": "<rootDir>/$1/$2",
    "^@palisade/neon$": "<rootDir>/sdk/index",
    "^@palisade/neon/(aws|azure)$": "<rootDir>/components/$1/index",
    "^(\\.{1,2}/.*)\\.js$": "$1",
  },
  // Pulumi's SDK keeps state on the global object that outlives a file.
  testEnvironmentOptions: { globalsCleanup: "off" },
  modulePathIgnorePatterns: ["<rootDir>/dist/", "<rootDir>/control-plane/dist/"],
};
module.exports = {
  // No test is about time: this ends one that hangs, on a machine with other work as well.
  testTimeout: 30_000,
  // `npm test` gives each a heap that need not grow first: a worker makes much that lives shortly, and collecting it was 7 % of all time.
  // On two cores Jest would take one. A test waits for a half of its time, for operations of a plane and for processes.
  maxWorkers: availableParallelism() + 2,
  testSequencer: "<rootDir>/test/support/sequencer.cjs",
  globalSetup: "<rootDir>/test/support/beginRun.cjs",
  globalTeardown: "<rootDir>/test/support/endRun.cjs",
  reporters: ["<rootDir>/test/support/reporter.cjs", "summary"],
  projects: [
    {
      ...common,
      displayName: "fast",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/engine/"],
    },
    { ...common, displayName: "engine", testMatch: ["<rootDir>/test/engine/**/*.test.ts"] },
  ],
};
