const { DefaultReporter } = require("@jest/reporters");

/** Jest's own report, closed by what was skipped and one plain line that any runner of commands can read. */
module.exports = class extends DefaultReporter {
  onRunComplete(contexts, results) {
    super.onRunComplete?.(contexts, results);
    const {
      numPassedTests: passed,
      numFailedTests: failed,
      numPendingTests: pending,
      numTodoTests: todo,
      numRuntimeErrorTestSuites: broken,
    } = results;
    const skipped = new Set(
      results.testResults
        .flatMap(({ testResults }) => testResults)
        .filter(({ status }) => status === "pending")
        .map(({ ancestorTitles: [group], title }) => group ?? title),
    );
    // A suite that could not start counts as a failure: it hid its tests.
    process.once("exit", () => {
      for (const what of skipped) process.stdout.write(`skipped: ${what}\n`);
      process.stdout.write(`${passed} passed, ${failed + broken} failed, ${pending + todo} skipped\n`);
    });
  }
};
