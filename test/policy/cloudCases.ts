import type { Subject } from "../../policy/subject.js";
import { UNKNOWN } from "../../provider/resources/shared/mergeInputs.js";
import type { Case } from "./cases.js";

/** Of a part of a baseline, unless `parents` says otherwise. */
const child = (
  type: string,
  inputs: Record<string, unknown>,
  parents = "palisade:aws:SecurityBaseline$palisade:aws:AuditTrail$",
): Subject => ({
  urn: `urn:pulumi:dev::shop::${parents}${type}::own`,
  type,
  kind: undefined,
  inputs,
  protect: false,
  ignoreChanges: [],
  origins: {},
});
const outside = (type: string, inputs: Record<string, unknown>): Subject => child(type, inputs, "");
const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (more: object) => ({ Effect: "Allow", Action: "s3:GetObject", Resource: "*", ...more });

const TAGS = { dataClass: "internal", owner: "platform", retention: "400d" };
const tagged = (tags: unknown) => child("aws:sns/topic:Topic", { tags });
const trail = (more: object = {}) =>
  child("aws:cloudtrail/trail:Trail", {
    enableLogFileValidation: true,
    isMultiRegionTrail: true,
    enableLogging: true,
    kmsKeyId: "k",
    ...more,
  });
const exported = (logs: unknown) => child("azure-native:monitor:SubscriptionDiagnosticSetting", { logs });
const log = (category: string, enabled: unknown = true) => ({ category, enabled });
const CLOSED = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const block = (more: object = {}) => child("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", { ...CLOSED, ...more });
const bucketPolicy = (text: unknown) => child("aws:s3/bucketPolicy:BucketPolicy", { policy: text });
const account = (more: object = {}) => child("azure-native:storage:StorageAccount", { allowBlobPublicAccess: false, ...more });
const NAMED = allow({ Principal: { AWS: "arn:aws:iam::111122223333:role/pipeline" }, Action: "sts:AssumeRole" });
const role = (more: object = {}) =>
  child("aws:iam/role:Role", { assumeRolePolicy: policy(NAMED), permissionsBoundary: "boundary", ...more });
const rolePolicy = (...statements: readonly object[]) => child("aws:iam/rolePolicy:RolePolicy", { policy: policy(...statements) });
const VAULT = "/subscriptions/0/resourceGroups/shop/providers/Microsoft.KeyVault/vaults/shop";
const READER = "/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/21090545-7ca7-4776-b22c-e363652d74d2";
const assignment = (more: object = {}) =>
  child("azure-native:authorization:RoleAssignment", { scope: VAULT, roleDefinitionId: READER, ...more });

/** What lies beside the data at a cloud. */
export const CLOUD_CASES: Record<string, Case> = {
  "cloud-tags": {
    weak: [
      [tagged(undefined)],
      [tagged({ ...TAGS, owner: "" })],
      [tagged({ dataClass: "internal", owner: "platform" })],
      [child("azure-native:monitor:ActionGroup", {}, "palisade:azure:ActivityAlerts$")],
      [child("aws:kms/key:Key", { tags: {} }, "palisade:aws:CustomerKey$")],
      // A child that nobody knew when the list of types without tags was made.
      [child("aws:new/thing:Thing", {})],
    ],
    hardened: [
      [tagged(TAGS)],
      [tagged({ ...TAGS, further: "x" })],
      [child("aws:s3/bucketPolicy:BucketPolicy", {})],
      [outside("aws:sns/topic:Topic", {})],
      [child("aws:sns/topic:Topic", {}, "other:aws:Component$")],
    ],
    unknown: [[tagged(UNKNOWN)], [tagged({ ...TAGS, owner: UNKNOWN })]],
  },
  "cloud-evidence-kept": {
    weak: [
      [trail({ enableLogFileValidation: false })],
      [trail({ isMultiRegionTrail: undefined })],
      [trail({ enableLogging: false })],
      [trail({ kmsKeyId: undefined })],
      [trail({ kmsKeyId: "" })],
      [outside("aws:cloudtrail/trail:Trail", {})],
      [exported([log("Administrative")])],
      [exported([log("Administrative"), log("Security", false)])],
      [exported(undefined)],
    ],
    hardened: [[trail()], [trail({ enableLogging: undefined })], [exported([log("Security"), log("Administrative")])]],
    unknown: [[trail({ kmsKeyId: UNKNOWN })], [exported(UNKNOWN)], [exported([log("Administrative"), log("Security", UNKNOWN)])]],
  },
  "cloud-threats-found": {
    weak: [
      [outside("aws:guardduty/detector:Detector", { enable: false })],
      [child("aws:guardduty/detectorFeature:DetectorFeature", { name: "S3_DATA_EVENTS", status: "DISABLED" })],
      [child("azure-native:security:Pricing", { pricingTier: "Free" })],
      [child("aws:cloudwatch/eventRule:EventRule", { state: "DISABLED" })],
      [child("azure-native:monitor:ActivityLogAlert", { enabled: false })],
    ],
    hardened: [
      [child("aws:guardduty/detector:Detector", {})],
      [child("aws:guardduty/detectorFeature:DetectorFeature", { name: "S3_DATA_EVENTS", status: "ENABLED" })],
      [child("azure-native:security:Pricing", { pricingTier: "Standard" })],
      [child("aws:cloudwatch/eventRule:EventRule", { state: "ENABLED" })],
      [child("azure-native:monitor:ActivityLogAlert", {})],
      // Of an application: nobody here knows what it is for.
      [outside("aws:cloudwatch/eventRule:EventRule", { state: "DISABLED" })],
      [outside("azure-native:monitor:ActivityLogAlert", { enabled: false })],
    ],
    unknown: [
      [child("aws:guardduty/detector:Detector", { enable: UNKNOWN })],
      [child("aws:cloudwatch/eventRule:EventRule", { state: UNKNOWN })],
    ],
  },
  "cloud-logs-private": {
    weak: [
      [block({ blockPublicPolicy: false })],
      [block({ restrictPublicBuckets: undefined })],
      [bucketPolicy(policy(allow({ Principal: "*" })))],
      [bucketPolicy(policy(allow({ Principal: { AWS: "*" } })))],
      [bucketPolicy(policy(allow({ NotPrincipal: { AWS: "arn:aws:iam::111122223333:root" } })))],
      [child("aws:s3/bucket:Bucket", { acl: "public-read" })],
      [account({ allowBlobPublicAccess: undefined })],
      [account({ enableHttpsTrafficOnly: false })],
    ],
    hardened: [
      [block()],
      [
        bucketPolicy(
          policy(allow({ Principal: { Service: "cloudtrail.amazonaws.com" } }), { Effect: "Deny", Principal: "*", Action: "s3:*" }),
        ),
      ],
      [child("aws:s3/bucket:Bucket", {})],
      [account()],
      [outside("aws:s3/bucketPolicy:BucketPolicy", { policy: policy(allow({ Principal: "*" })) })],
    ],
    unknown: [[block({ blockPublicAcls: UNKNOWN })], [bucketPolicy(UNKNOWN)], [bucketPolicy("{")]],
  },
  "cloud-roles-narrow": {
    weak: [
      [role({ permissionsBoundary: undefined })],
      [role({ permissionsBoundary: "" })],
      [role({ inlinePolicies: [{ name: "own", policy: policy(allow({ Action: "s3:*" })) }] })],
      [assignment({ roleDefinitionId: `${READER.replace(/[^/]+$/, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635")}/` })],
      [role({ assumeRolePolicy: policy({ ...NAMED, Principal: { AWS: "*" } }) })],
      [role({ assumeRolePolicy: policy({ ...NAMED, Principal: { AWS: "arn:aws:iam::111122223333:role/*" } }) })],
      [rolePolicy(allow({ Action: "s3:*" }))],
      [rolePolicy(allow({ Action: ["s3:GetObject", "kms:De?rypt"] }))],
      [rolePolicy(allow({ Action: undefined, NotAction: "iam:CreateUser" }))],
      [child("aws:iam/policy:Policy", { policy: policy(allow({ Action: "*" })) })],
      [assignment({ scope: "/subscriptions/0" })],
      [assignment({ scope: "/providers/Microsoft.Management/managementGroups/all" })],
      [assignment({ scope: "/" })],
      [assignment({ roleDefinitionId: READER.replace(/[^/]+$/, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635") })],
    ],
    hardened: [
      [role()],
      [rolePolicy(allow({}), { Effect: "Deny", Action: "iam:*", Resource: "*" })],
      [assignment()],
      [assignment({ scope: "/subscriptions/0/resourceGroups/shop" })],
      [outside("aws:iam/role:Role", { assumeRolePolicy: policy({ ...NAMED, Principal: "*" }) })],
    ],
    unknown: [
      [role({ permissionsBoundary: UNKNOWN })],
      [role({ inlinePolicies: [UNKNOWN] })],
      [role({ inlinePolicies: [{ policy: UNKNOWN }] })],
      [role({ assumeRolePolicy: UNKNOWN })],
      [assignment({ scope: UNKNOWN })],
    ],
  },
};
