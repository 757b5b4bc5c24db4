import { SecurityBaseline } from "@palisade/neon/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const people = config.requireObject<Record<"deployer" | "reader" | "operator" | "breakGlass", string[]>>("people");

// A trail that cannot be rewritten, GuardDuty with its alarms, and four roles over the buckets and keys that hold data.
const baseline = new SecurityBaseline("shop", {
  dataClass: "confidential",
  owner: "platform@example.com",
  retentionDays: 400,
  bucketArns: config.requireObject<string[]>("bucketArns"),
  keyArns: config.getObject<string[]>("keyArns") ?? [],
  subscribers: { security: { email: "security@example.com" } },
  roles: {
    // The pipeline is a machine: it shows an external id instead of a second factor.
    deployer: { principalArns: people.deployer, externalId: config.require("externalId") },
    reader: { principalArns: people.reader },
    operator: { principalArns: people.operator },
    breakGlass: { principalArns: people.breakGlass },
  },
});

export const trailArn = baseline.trailArn;
export const logBucketArn = baseline.logBucketArn;
export const topicArn = baseline.topicArn;
export const roleArns = baseline.roleArns;
