import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { PalisadeError } from "../../contract/errors.js";

/** Where a component's resources are made. */
export interface AccountPlace {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
}

/** @param parent the component, whose provider is asked */
export const lookUpPlace = (parent: pulumi.ComponentResource): pulumi.Output<AccountPlace> =>
  pulumi
    .all([getCallerIdentityOutput({}, { parent }), getRegionOutput({}, { parent })])
    .apply(([{ accountId, arn }, { region }]) => ({ partition: arn.split(":")[1] ?? "aws", account: accountId, region }));

/** @throws PAL_BASELINE_SCOPE */
export function assertBucketArn(name: string, arn: string): string {
  if (!BUCKET_ARN.test(arn)) throw new PalisadeError("PAL_BASELINE_SCOPE", `${name} has ${JSON.stringify(arn)}, not arn:aws:s3:::BUCKET`);
  return arn;
}

/** @throws PAL_BASELINE_SCOPE */
export function assertKeyArn(name: string, arn: string): string {
  if (!KEY_ARN.test(arn))
    throw new PalisadeError("PAL_BASELINE_SCOPE", `${name} has ${JSON.stringify(arn)}, not arn:aws:kms:REGION:ACCOUNT:key/ID`);
  return arn;
}

const BUCKET_ARN = /^arn:aws(?:-cn|-us-gov)?:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const KEY_ARN = /^arn:aws(?:-cn|-us-gov)?:kms:[a-z0-9-]{1,32}:[0-9]{12}:key\/[0-9a-z-]{1,64}$/;
