import { join, resolve } from "node:path";
import { CloudTrailClient, GetTrailStatusCommand, StopLoggingCommand } from "@aws-sdk/client-cloudtrail";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { createBaselineStack, editExample } from "../../tools/corpus/baselineStacks.js";
import type { BaselineExample } from "../../tools/corpus/baselines.js";
import { ADMINISTRATOR, REGION } from "../../tools/counterparts/aws/ministack.js";
import { ArmStore } from "../../tools/counterparts/providers/azure/armStore.js";
import { ensurePython } from "../../tools/counterparts/python.js";
import { AwsAccount } from "../support/counterparts/aws.js";
import type { Result, Stack } from "../support/pulumi.js";
import { atEnd, output, putAway, STACK_TRACE } from "./lab.js";

/** Baselines of both clouds by their examples, under the real CLI: doubles of the providers and of AWS stand behind them, and neither cloud. */
const python = ensurePython();
const why = "missing" in python ? ` (${python.missing})` : "";

const PACK = join(resolve(__dirname, "../.."), "policy-pack");

jest.setTimeout(300_000);
afterAll(putAway, 60_000);

/** `control` of each mandatory objection, and what could not be judged. */
const objectionsOf = ({ events }: Result) => {
  const found = events.flatMap(({ policyEvent }) => (policyEvent ? [policyEvent] : []));
  return [...new Set(found.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").map(({ policyName }) => policyName))].sort();
};

(why === "" ? describe : describe.skip)(`baselines${why}`, () => {
  let account: AwsAccount;
  const client = () => ({ endpoint: account.emulator.url, region: REGION, credentials: ADMINISTRATOR });

  beforeAll(async () => {
    account = await AwsAccount.start("path" in python ? python.path : "");
    atEnd(() => account.stop());
  });

  const newBaseline = async (example: BaselineExample): Promise<Stack> => {
    const stack = await createBaselineStack(example, account.emulator.url);
    atEnd(() => stack.dispose());
    return stack;
  };
  /** Up with the pack, and nothing to do afterwards by the program and by the clouds' own answers. */
  const deploy = async (stack: Stack) => {
    expect(objectionsOf(await stack.up({ args: ["--policy-pack", PACK], check: true }))).toEqual([]);
    await stack.up({ args: ["--refresh", "--expect-no-changes"], check: true });
  };
  /** What the refresh finds. Drift alone is asked for in test/engine/providerDoubles.test.ts. */
  const putRight = async (stack: Stack): Promise<string> => output(await stack.up({ args: ["--refresh", "--diff"], check: true }));
  const refuse = async (stack: Stack, example: BaselineExample, transforms: string) => {
    await editExample(stack, example, [["  retentionDays: 400,", `  retentionDays: 400,\n  transforms: { ${transforms} },`]]);
    const refused = await stack.preview({ args: ["--policy-pack", PACK] });
    expect(refused.code).not.toBe(0);
    expect(output(refused)).not.toMatch(STACK_TRACE);
    return objectionsOf(refused);
  };
  const change = (args: string) => `({ args, opts }) => ({ args: { ...args, ${args} }, opts })`;

  it("18-aws-baseline: passes the pack, nothing to do, stopped behind Pulumi's back and seen, started again, destroyed", async () => {
    const stack = await newBaseline("18-aws-baseline");
    await deploy(stack);

    const trails = new CloudTrailClient(client());
    await trails.send(new StopLoggingCommand({ Name: "shop" }));
    expect(await putRight(stack)).toMatch(/enableLogging\s*: true => false/);
    expect((await trails.send(new GetTrailStatusCommand({ Name: "shop" }))).IsLogging).toBe(true);

    const everybody = '{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*" }';
    const weak = `
      trail: { trail: ${change("enableLogging: false")}, bucketPolicy: ${change(`policy: JSON.stringify({ Statement: [${everybody}] })`)} },
      threats: { detector: ${change("enable: false")}, topic: ${change("tags: {}")} },
      roles: { role: ${change("permissionsBoundary: undefined")} },`;
    expect(await refuse(stack, "18-aws-baseline", weak)).toEqual([
      ...["cloud-evidence-kept", "cloud-logs-private", "cloud-roles-narrow", "cloud-tags", "cloud-threats-found"],
    ]);

    await stack.destroy({ check: true });
    expect((await new S3Client({ ...client(), forcePathStyle: true }).send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
    expect(new ArmStore(join(stack.root, "aws.json")).list()).toEqual([]);
  });

  it("19-azure-baseline: passes the pack, nothing to do, keeps less behind Pulumi's back and is seen, put right, destroyed", async () => {
    const stack = await newBaseline("19-azure-baseline");
    const arm = new ArmStore(join(stack.root, "arm.json"));
    await deploy(stack);

    const exported = arm.list().find(({ token }) => token.endsWith(":SubscriptionDiagnosticSetting"));
    if (exported === undefined) throw new Error("nothing is exported");
    arm.put({ ...exported, properties: { ...exported.properties, logs: [{ category: "Administrative", enabled: false }] } });
    expect(await putRight(stack)).toContain("enabled : true => false");
    expect(arm.get(exported.id)?.properties["logs"]).toHaveLength(4);

    const weak = `
      activityLog: { export: ${change("logs: []")}, storageAccount: ${change("allowBlobPublicAccess: true")} },
      defender: { plan: ${change('pricingTier: "Free"')} },
      alerts: { alert: ${change("tags: {}")} },
      roles: { assignment: ${change('scope: "/subscriptions/0"')} },`;
    expect(await refuse(stack, "19-azure-baseline", weak)).toEqual([
      ...["cloud-evidence-kept", "cloud-logs-private", "cloud-roles-narrow", "cloud-tags", "cloud-threats-found"],
    ]);

    await stack.destroy({ check: true });
    expect(arm.list()).toEqual([]);
  });
});
