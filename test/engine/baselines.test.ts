import { join, resolve } from "node:path";
import { CloudTrailClient, GetTrailStatusCommand, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { AWS_STATE_FILE } from "../../tools/counterparts/providers/aws/guardDuty.js";
import { STATE_FILE } from "../../tools/counterparts/providers/azure/provider.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { installDoubles } from "../../tools/counterparts/providers/plugins.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import { type Config, Stack } from "../support/pulumi.js";
import { atEnd, output, putAway } from "./lab.js";

/** Baselines of both clouds by their examples, under the real CLI: doubles of the providers and of AWS stand behind them, and neither cloud. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

const OBJECT_ID = "33333333-3333-4333-8333-333333333333";
const ROOT = resolve(__dirname, "../..");

jest.setTimeout(240_000);
afterAll(putAway, 60_000);

const newExample = async (directory: string, config: Config): Promise<Stack> => {
  const stack = await Stack.create({ program: { directory: join(ROOT, "examples", directory) }, env: { PULUMI_NODEJS_TRANSPILE_ONLY: "true" } });
  atEnd(() => stack.dispose());
  await stack.init(config);
  Object.assign(stack.env, installDoubles(stack.root, stack.env));
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

    const newBaseline = async () => {
      const stack = await newExample("18-aws-baseline", CONFIG);
      Object.assign(stack.env, {
        AWS_ENDPOINT_URL: account.emulator.url,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: ADMINISTRATOR.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ADMINISTRATOR.secretAccessKey,
        [AWS_STATE_FILE]: join(stack.root, "aws.json"),
      });
      return stack;
    };

    it("18-aws-baseline: up, nothing to do, stopped behind Pulumi's back and seen, started again, destroyed", async () => {
      const stack = await newBaseline();
      await stack.up({ check: true });
      await stack.up({ args: ["--expect-no-changes"], check: true });
      const untouched = await stack.refresh({ args: ["--preview-only", "--expect-no-changes"] });
      expect([untouched.code, output(untouched)]).toEqual([0, expect.any(String)]);

      const trails = new CloudTrailClient(client());
      await trails.send(new StopLoggingCommand({ Name: "shop" }));
      const drift = await stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] });
      expect(drift.code).toBe(7);
      expect(output(drift)).toMatch(/enableLogging\s*: true => false/);
      await stack.up({ args: ["--refresh"], check: true });
      expect((await trails.send(new GetTrailStatusCommand({ Name: "shop" }))).IsLogging).toBe(true);

      await stack.destroy({ check: true });
      expect((await new S3Client({ ...client(), forcePathStyle: true }).send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
      expect(new ArmStore(join(stack.root, "aws.json")).list()).toEqual([]);
    });
  });

  describe("on Azure", () => {
    it("19-azure-baseline: up, nothing to do, exports less behind Pulumi's back and is seen, destroyed", async () => {
      const name = "palisade-azure-baseline";
      const stack = await newExample("19-azure-baseline", {
        [`${name}:vaultName`]: "acme",
        [`${name}:tenantId`]: OBJECT_ID,
        [`${name}:auditorId`]: OBJECT_ID,
        [`${name}:operatorId`]: OBJECT_ID,
      });
      const arm = new ArmStore(join(stack.root, "arm.json"));
      Object.assign(stack.env, { [STATE_FILE]: join(stack.root, "arm.json") });
      await stack.up({ check: true });
      await stack.up({ args: ["--expect-no-changes"], check: true });

      const exported = arm.list().find(({ token }) => token.endsWith(":SubscriptionDiagnosticSetting"));
      if (exported === undefined) throw new Error("nothing is exported");
      arm.put({ ...exported, properties: { ...exported.properties, logs: [{ category: "Administrative", enabled: false }] } });
      const drift = await stack.refresh({ args: ["--preview-only", "--expect-no-changes", "--diff"] });
      expect(drift.code).toBe(7);
      expect(output(drift)).toContain("enabled : true => false");
      await stack.up({ args: ["--refresh"], check: true });
      expect(arm.get(exported.id)?.properties["logs"]).toHaveLength(4);

      await stack.destroy({ check: true });
      expect(arm.list()).toEqual([]);
    });
  });
});
