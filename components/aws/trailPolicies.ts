import { parsePrincipalArn } from "../../contract/customerKeys.js";
import type { AccountPlace } from "./accountPlace.js";
import { ADMINISTRATION } from "./keyPolicy.js";

const CLOUDTRAIL = { Service: "cloudtrail.amazonaws.com" };

export const formatTrailArn = ({ partition, region, account }: AccountPlace, name: string): string =>
  `arn:${partition}:cloudtrail:${region}:${account}:trail/${name}`;

/** Who may do what with the key of a trail's log files. */
export interface TrailKeyPolicyArgs {
  /** Where the key is. */
  readonly place: AccountPlace;
  /** The one trail that encrypts with it. */
  readonly trailArn: string;
  /** ARNs of users and roles that administer the key. */
  readonly administrators: readonly string[];
  /** ARNs of users and roles that read log files. */
  readonly readers: readonly string[];
}

/**
 * As JSON. CloudTrail makes data keys for this trail alone, by the caller that AWS tells of and by the context under which it encrypts; who
 * administers the key reads nothing, who reads decrypts log files of this trail alone. No principal and no action has a wildcard.
 * docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
 * @throws PAL_CMK_REFERENCE
 */
export function buildTrailKeyPolicy({ place, trailArn, administrators, readers }: TrailKeyPolicyArgs): string {
  for (const arn of [...administrators, ...readers]) parsePrincipalArn(arn);
  const ofTrail = { "kms:EncryptionContext:aws:cloudtrail:arn": trailArn };
  const allow = (Sid: string, Principal: object, Action: string | readonly string[], Condition?: object) => ({
    Sid,
    Effect: "Allow",
    Principal,
    Action,
    // In a key's policy that is the key itself, and AWS takes nothing else.
    Resource: "*",
    ...(Condition && { Condition }),
  });
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      allow("AccountDelegatesAdministration", { AWS: `arn:${place.partition}:iam::${place.account}:root` }, ADMINISTRATION),
      ...(administrators.length === 0 ? [] : [allow("Administrators", { AWS: [...administrators] }, ADMINISTRATION)]),
      allow("EncryptForTheTrail", CLOUDTRAIL, "kms:GenerateDataKey", { StringEquals: { "aws:SourceArn": trailArn, ...ofTrail } }),
      allow("DescribeForTheTrail", CLOUDTRAIL, "kms:DescribeKey", { StringEquals: { "aws:SourceArn": trailArn } }),
      ...(readers.length === 0 ? [] : [allow("ReadLogs", { AWS: [...readers] }, "kms:Decrypt", { StringEquals: ofTrail })]),
    ],
  });
}

/**
 * The policy of the bucket of log files, as JSON: the one trail writes below its account's prefix, and nobody comes without TLS.
 * docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
 */
export function buildLogBucketPolicy(bucketArn: string, { account }: AccountPlace, trailArn: string): string {
  const byTrail = { "aws:SourceArn": trailArn };
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsAlone",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        Sid: "TrailLooksAtAcl",
        Effect: "Allow",
        Principal: CLOUDTRAIL,
        Action: "s3:GetBucketAcl",
        Resource: bucketArn,
        Condition: { StringEquals: byTrail },
      },
      {
        Sid: "TrailWrites",
        Effect: "Allow",
        Principal: CLOUDTRAIL,
        Action: "s3:PutObject",
        Resource: `${bucketArn}/AWSLogs/${account}/*`,
        Condition: { StringEquals: { "s3:x-amz-acl": "bucket-owner-full-control", ...byTrail } },
      },
    ],
  });
}
