import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findPackageRoot } from "../../cli/pulumi/packageRoot.js";
import { startAwsEmulator } from "../counterparts/aws/emulator.js";
import { ADMINISTRATOR, REGION, startMinistack } from "../counterparts/aws/ministack.js";
import { AWS_STATE_FILE } from "../counterparts/providers/aws/guardDuty.js";
import { STATE_FILE } from "../counterparts/providers/azure/provider.js";
import { installDoubles } from "../counterparts/providers/plugins.js";
import { ensurePython } from "../counterparts/python.js";
import { type Config, Stack } from "../pulumi/stack.js";
import type { BaselineExample } from "./baselines.js";

const OBJECT_ID = "33333333-3333-4333-8333-333333333333";
const principals = (name: string): string[] => [`arn:aws:iam::000000000000:role/${name}`];

/** What each example is configured with. */
const CONFIG: Readonly<Record<BaselineExample, Config>> = {
  "18-aws-baseline": {
    "palisade-aws-baseline:people": JSON.stringify({
      deployer: principals("pipeline"),
      reader: principals("auditor"),
      operator: principals("operator"),
      breakGlass: principals("first-responder"),
    }),
    "palisade-aws-baseline:externalId": "pipeline-of-the-shop",
    "palisade-aws-baseline:bucketArns": JSON.stringify(["arn:aws:s3:::shop-backups"]),
  },
  "19-azure-baseline": {
    "palisade-azure-baseline:vaultName": "acme",
    "palisade-azure-baseline:tenantId": OBJECT_ID,
    "palisade-azure-baseline:auditorId": OBJECT_ID,
    "palisade-azure-baseline:operatorId": OBJECT_ID,
  },
};

/** A double of AWS for stacks of baselines; `close` ends it. @throws where python is missing */
export async function startAwsCounterpart(): Promise<{ url: string; close: () => Promise<void> }> {
  const python = ensurePython();
  if (!("path" in python)) throw new Error(python.missing);
  const ministack = await startMinistack(python.path);
  const emulator = await startAwsEmulator(ministack.url);
  const close = async () => {
    await emulator.close();
    await ministack.stop();
  };
  return { url: emulator.url, close };
}

/** A stack of the example with doubles of the providers, whose objects are in its own folder. @param awsUrl of the double of AWS */
export async function createBaselineStack(example: BaselineExample, awsUrl: string): Promise<Stack> {
  const directory = join(findPackageRoot(__dirname), "examples", example);
  const stack = await Stack.create({ program: { directory }, env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
  await stack.init(CONFIG[example]);
  Object.assign(stack.env, installDoubles(stack.root, stack.env), {
    AWS_ENDPOINT_URL: awsUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
    [AWS_STATE_FILE]: join(stack.root, "aws.json"),
    [STATE_FILE]: join(stack.root, "arm.json"),
  });
  return stack;
}

/** Replaces texts of the example's program. @throws for a text that is not there once */
export async function editExample(stack: Stack, example: BaselineExample, edits: readonly (readonly [string, string])[]): Promise<void> {
  let text = await readFile(join(findPackageRoot(__dirname), "examples", example, "index.ts"), "utf8");
  for (const [from, to] of edits) {
    if (text.split(from).length !== 2) throw new Error(`${example} has not once: ${from}`);
    text = text.replace(from, () => to);
  }
  await writeFile(join(stack.project, "index.ts"), text);
}
