import { writeFileSync } from "node:fs";
import { brotliCompressSync, constants } from "node:zlib";
import { BASELINE_CHANGES, type BaselineChange, type BaselineExample } from "./baselines.js";
import { createBaselineStack, editExample, startAwsCounterpart } from "./baselineStacks.js";
import { extractPart, previewWithPlan } from "./combinedStack.js";
import { BASELINE_FILE, type RecordedChange } from "./recordedChanges.js";

/**
 * Records every labelled change of the examples of baselines by the real engine: the example deployed with doubles of the providers, and a preview
 * of each change of its program. What tells of this machine is taken off.
 */
async function recordBaselines(): Promise<void> {
  const aws = await startAwsCounterpart();
  try {
    const recorded: RecordedChange[] = [];
    for (const example of ["18-aws-baseline", "19-azure-baseline"] as const) recorded.push(...(await recordExample(example, aws.url)));
    const lines = recorded.map((change) => `${JSON.stringify(change).replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:4566")}\n`).join("");
    // Changes of one example differ in little: a window over all of them finds that.
    const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS, [constants.BROTLI_PARAM_QUALITY]: 9 };
    writeFileSync(BASELINE_FILE, brotliCompressSync(lines, { params }));
    process.stdout.write(`${BASELINE_FILE}: ${recorded.length} changes\n`);
  } finally {
    await aws.close();
  }
}

async function recordExample(example: BaselineExample, awsUrl: string): Promise<RecordedChange[]> {
  const stack = await createBaselineStack(example, awsUrl);
  try {
    const recorded: RecordedChange[] = [];
    const changes = BASELINE_CHANGES.filter((one) => one.example === example);
    const preview = async (change: BaselineChange): Promise<void> => {
      await editExample(stack, example, change.edits);
      const { events, plan } = await previewWithPlan(stack);
      recorded.push(extractPart(change.name, "", events, await stack.exportState(), plan));
      process.stdout.write(`${change.name}\n`);
    };
    for (const change of changes.filter(({ first }) => first === true)) await preview(change);
    await editExample(stack, example, []);
    await stack.up({ check: true });
    for (const change of changes.filter(({ first }) => first !== true)) await preview(change);
    await editExample(stack, example, []);
    await stack.destroy({ check: true });
    return recorded;
  } finally {
    await stack.dispose();
  }
}

void recordBaselines().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
