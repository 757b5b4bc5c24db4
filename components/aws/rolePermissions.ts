/** Roles of a baseline, the least powerful first. */
export const ROLE_NAMES = ["reader", "operator", "deployer", "breakGlass"] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

/** What roles are for: ARNs, each in full. */
export interface RoleScope {
  /** Buckets, of backups above all. */
  readonly bucketArns: readonly string[];
  /** Keys under which data is. */
  readonly keyArns: readonly string[];
}

/** Actions by what they are done to. No action has a wildcard. */
interface Permissions {
  readonly bucket?: readonly string[];
  readonly object?: readonly string[];
  readonly key?: readonly string[];
  /** What AWS knows no single resource of. */
  readonly account?: readonly string[];
}

const LOOK_AT_BUCKET = [
  ...["s3:GetBucketLocation", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus"],
  ...["s3:GetBucketPublicAccessBlock", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetEncryptionConfiguration"],
  ...["s3:GetLifecycleConfiguration", "s3:ListBucket", "s3:ListBucketVersions"],
];
const LOOK_AT_KEY = [
  ...["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListKeyPolicies"],
  ...["kms:ListKeyRotations", "kms:ListResourceTags"],
];
const LOOK_AT_ACCOUNT = [
  ...["cloudtrail:DescribeTrails", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"],
  ...["cloudtrail:LookupEvents", "guardduty:GetDetector", "guardduty:GetFindings", "guardduty:ListDetectors", "guardduty:ListFindings"],
];
const READ_OBJECTS = ["s3:GetObject", "s3:GetObjectAttributes", "s3:GetObjectVersion"];

/** What each role is for: to look, to run backups and restores, to change settings, to bring back what is locked away. */
const PERMISSIONS: Readonly<Record<RoleName, Permissions>> = {
  reader: { bucket: LOOK_AT_BUCKET, key: LOOK_AT_KEY, account: LOOK_AT_ACCOUNT },
  operator: {
    bucket: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"],
    object: [...READ_OBJECTS, "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
    key: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
  },
  deployer: {
    bucket: [
      ...LOOK_AT_BUCKET,
      ...["s3:PutBucketObjectLockConfiguration", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging"],
      ...["s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"],
    ],
    key: [
      ...LOOK_AT_KEY,
      ...["kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"],
    ],
  },
  breakGlass: {
    bucket: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"],
    object: READ_OBJECTS,
    key: ["kms:CancelKeyDeletion", "kms:Decrypt", "kms:DescribeKey", "kms:EnableKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy"],
    account: LOOK_AT_ACCOUNT,
  },
};

/** What no role of a baseline does, whatever policy it is given later: end the evidence, or take off its own bounds. */
const NEVER = [
  ...["cloudtrail:DeleteTrail", "cloudtrail:PutEventSelectors", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"],
  ...["events:DeleteRule", "events:DisableRule", "events:PutRule", "events:RemoveTargets"],
  ...["guardduty:CreateFilter", "guardduty:DeleteDetector", "guardduty:UpdateDetector", "guardduty:UpdateFilter"],
  ...["iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"],
  ...["iam:PutRolePolicy", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"],
  ...["s3:BypassGovernanceRetention", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Unsubscribe"],
];

const listStatements = ({ bucket = [], object = [], key = [], account = [] }: Permissions, { bucketArns, keyArns }: RoleScope) =>
  [
    { Sid: "Buckets", Action: bucket, Resource: bucketArns },
    { Sid: "Objects", Action: object, Resource: bucketArns.map((arn) => `${arn}/*`) },
    { Sid: "Keys", Action: key, Resource: keyArns },
    { Sid: "Account", Action: account, Resource: ["*"] },
  ]
    .filter(({ Action, Resource }) => Action.length > 0 && Resource.length > 0)
    .map(({ Sid, Action, Resource }) => ({ Sid, Effect: "Allow", Action: [...Action], Resource: [...Resource] }));

const VERSION = "2012-10-17";

/** The role's own policy as JSON. */
export const buildRolePolicy = (role: RoleName, scope: RoleScope): string =>
  JSON.stringify({ Version: VERSION, Statement: listStatements(PERMISSIONS[role], scope) });

/** The bounds of a role as JSON: what it is for, and never the end of the evidence; whatever policies it is given later. */
export const buildBoundary = (role: RoleName, scope: RoleScope): string =>
  JSON.stringify({
    Version: VERSION,
    Statement: [...listStatements(PERMISSIONS[role], scope), { Sid: "EvidenceStays", Effect: "Deny", Action: NEVER, Resource: "*" }],
  });
