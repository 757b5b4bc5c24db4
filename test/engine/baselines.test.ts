import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CloudTrailClient, GetTrailStatusCommand, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { AWS_STATE_FILE } from "../../tools/counterparts/providers/aws/guardDuty.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { installDoubles } from "../../tools/counterparts/providers/plugins.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import { countChanges, type Config, Stack, STACK } from "../support/pulumi.js";
import { atEnd, output, putAway } from "./lab.js";

/** Baselines of both clouds by their examples, under the real CLI: doubles of the providers and of AWS stand behind them, and neither cloud. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

const ROOT = resolve(__dirname, "../..");

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

const newExample = async (directory: string, config: Config, environment: Record<string, string>): Promise<Stack> => {
  const stack = await Stack.create({ program: { directory: join(ROOT, "examples", directory) }, env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
  atEnd(() => stack.dispose());
  await stack.init(config);
  Object.assign(stack.env, installDoubles(stack.root, stack.env), environment);
  return stack;
};

(why === "" ? describe : describe.skip)(`baselines${why}`, () => {
  describe("on AWS", () => {
    let account: AwsAccount;
    const client = () => ({ endpoint: account.emulator.url, region: REGION, credentials: ADMINISTRATOR });

    beforeAll(async () => {
      account = await AwsAccount.start("path" in python ? python.path : "");
      atEnd(() => account.stop());
    });
    const principals = (name: string) => [`arn:aws:iam::000000000000:role/${name}`];
    const CONFIG: Config = {
      "palisade-aws-baseline:people": JSON.stringify({
        deployer: principals("pipeline"),
        reader: principals("auditor"),
        operator: principals("operator"),
        breakGlass: principals("first-responder"),
      }),
      "palisade-aws-baseline:externalId": "pipeline-of-the-shop",
      "palisade-aws-baseline:bucketArns": JSON.stringify(["arn:aws:s3:::shop-backups"]),
    };

    it("18-aws-baseline: up, nothing to do, stopped behind Pulumi's back and seen, destroyed", async () => {
      const stack = await newExample("18-aws-baseline", CONFIG, {
        AWS_ENDPOINT_URL: account.emulator.url,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
        [AWS_STATE_FILE]: join(ROOT, "nowhere"),
      });
      Object.assign(stack.env, { [AWS_STATE_FILE]: join(stack.root, "aws.json") });
      await stack.up({ check: true });
      await stack.up({ args: ["--expect-no-changes"], check: true });
      const drift = await stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] });
      console.log(output(drift), countChanges(drift));
      await stack.destroy({ check: true });
    });
  });
});
