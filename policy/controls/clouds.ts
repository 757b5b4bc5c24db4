import { isOfComponent } from "../../contract/components.js";
import { ANY_PRINCIPAL, isDenial, listPatterns, listPrincipals, parseKeyPolicy, type PolicyStatement } from "../../contract/kmsPolicies.js";
import { listMissingTags, TAG_KEYS } from "../../contract/tags.js";
import { isProperties, UNKNOWN } from "../../provider/introspection.js";
import { type Control, createUnknownError, getList, getValue } from "../control.js";
import { CannotJudgeError, type Subject } from "../subject.js";

/** What lies beside the data at a cloud: evidence, threats, roles, tags. Of what another stack declares nothing shows here. */

/** Types of components' children that have no tags, or that a cloud writes once (a key of a vault). test/components/tags.test.ts goes by the SDKs. */
export const UNTAGGABLE: ReadonlySet<string> = new Set([
  ...["aws:cloudwatch/eventTarget:EventTarget", "aws:ec2/networkAclRule:NetworkAclRule", "aws:ec2/route:Route"],
  ...["aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:guardduty/detectorFeature:DetectorFeature"],
  ...["aws:iam/rolePolicy:RolePolicy", "aws:kms/alias:Alias", "aws:sns/topicPolicy:TopicPolicy"],
  ...["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:s3/bucketPolicy:BucketPolicy"],
  ...["aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "aws:s3/bucketVersioning:BucketVersioning"],
  ...["aws:s3/bucketOwnershipControls:BucketOwnershipControls", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  ...["aws:sns/topicSubscription:TopicSubscription", "aws:vpc/endpointPrivateDns:EndpointPrivateDns"],
  ...["azure-native:authorization:RoleAssignment", "azure-native:keyvault:Key", "azure-native:monitor:DiagnosticSetting"],
  ...["azure-native:monitor:SubscriptionDiagnosticSetting", "azure-native:network:PrivateDnsZoneGroup", "azure-native:network:Subnet"],
  ...["azure-native:security:Pricing", "azure-native:security:SecurityContact", "azure-native:storage:ManagementPolicy"],
  ...["azure-native:storage:BlobContainer", "azure-native:storage:BlobServiceProperties"],
]);

const TRAIL = "aws:cloudtrail/trail:Trail";
const EXPORT = "azure-native:monitor:SubscriptionDiagnosticSetting";
const DETECTOR = "aws:guardduty/detector:Detector";
const FEATURE = "aws:guardduty/detectorFeature:DetectorFeature";
const PLAN = "azure-native:security:Pricing";
const EVENT_RULE = "aws:cloudwatch/eventRule:EventRule";
const ALERT = "azure-native:monitor:ActivityLogAlert";
const BUCKET = "aws:s3/bucket:Bucket";
const BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy";
const BUCKET_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const ACCOUNT = "azure-native:storage:StorageAccount";
const ROLE = "aws:iam/role:Role";
const POLICIES = ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"];
const ASSIGNMENT = "azure-native:authorization:RoleAssignment";

function* checkTags(subject: Subject): Iterable<string> {
  if (!/^(?:aws|azure-native):/.test(subject.type) || !isOfComponent(subject.urn) || UNTAGGABLE.has(subject.type)) return;
  const tags = getValue(subject, "tags");
  const said = isProperties(tags) ? tags : {};
  const missing = listMissingTags(said);
  if (missing.length > 0) yield `It has no tag ${missing.join(", ")}.`;
  else if (Object.values(TAG_KEYS).some((key) => said[key] === UNKNOWN)) throw createUnknownError("a tag");
}

function* checkTrail(trail: Subject): Iterable<string> {
  for (const input of ["enableLogFileValidation", "isMultiRegionTrail"]) if (getValue(trail, input) !== true) yield `${input} is not true.`;
  if (getValue(trail, "enableLogging") === false) yield "enableLogging is false.";
  if ([undefined, ""].includes(getValue(trail, "kmsKeyId") as string | undefined)) yield "kmsKeyId is not set.";
}

/** Without these nobody sees afterwards who changed what. */
const EXPORTED = ["Administrative", "Security"];

function* checkExport(setting: Subject): Iterable<string> {
  const logs = getList(setting, "logs");
  const enabled = logs.filter((one) => isProperties(one) && one["enabled"] === true).map((one) => (one as { category?: unknown }).category);
  const missing = EXPORTED.filter((category) => !enabled.includes(category));
  if (missing.length === 0) return;
  if (logs.some((one) => one === UNKNOWN || (isProperties(one) && Object.values(one).includes(UNKNOWN)))) throw createUnknownError("logs");
  yield `logs has no ${missing.join(", ")}.`;
}

function* checkThreats(subject: Subject): Iterable<string> {
  if (subject.type === DETECTOR && getValue(subject, "enable") === false) yield "enable is false.";
  if (subject.type === FEATURE && getValue(subject, "status") !== "ENABLED") yield "status is not ENABLED.";
  if (subject.type === PLAN && getValue(subject, "pricingTier") !== "Standard") yield "pricingTier is not Standard.";
  if (!isOfComponent(subject.urn)) return;
  if (subject.type === EVENT_RULE && getValue(subject, "state") === "DISABLED") yield "state is DISABLED.";
  if (subject.type === ALERT && getValue(subject, "enabled") === false) yield "enabled is false.";
}

const CLOSED = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

function* checkPublic(subject: Subject): Iterable<string> {
  if (!isOfComponent(subject.urn)) return;
  switch (subject.type) {
    case BUCKET_BLOCK:
      for (const input of CLOSED) if (getValue(subject, input) !== true) yield `${input} is not true.`;
      return;
    case BUCKET_POLICY:
      if (listAllowing(subject, "policy").some(namesAnybody)) yield "Its policy lets principals in by a wildcard.";
      return;
    case BUCKET:
      if (![undefined, "private"].includes(getValue(subject, "acl") as string | undefined)) yield "acl is not private.";
      return;
    case ACCOUNT:
      if (getValue(subject, "allowBlobPublicAccess") !== false) yield "allowBlobPublicAccess is not false.";
      if (getValue(subject, "enableHttpsTrafficOnly") === false) yield "enableHttpsTrafficOnly is false.";
  }
}

/** Statements of a policy that allow something. Throws CannotJudgeError. */
function listAllowing(subject: Pick<Subject, "inputs">, input: string): readonly PolicyStatement[] {
  const text = getValue(subject, input);
  const statements = typeof text === "string" ? parseKeyPolicy(text) : undefined;
  if (statements === undefined) throw new CannotJudgeError(`${input} is no policy`);
  return statements.filter((one) => !isDenial(one));
}

const isByPattern = (statement: PolicyStatement): boolean => listPatterns(statement).length > 0;
const namesAnybody = (statement: PolicyStatement): boolean =>
  listPrincipals(statement).some((name) => name.includes(ANY_PRINCIPAL) || name.includes("?"));

/** Owner, Contributor, User Access Administrator, Role Based Access Control Administrator. */
const MIGHTY_ROLES = [
  ...["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"],
  ...["18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"],
];
const BELOW_SUBSCRIPTION = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i;

function* checkRole(subject: Subject): Iterable<string> {
  if (!isOfComponent(subject.urn)) return;
  if (subject.type === ROLE) {
    if (listAllowing(subject, "assumeRolePolicy").some(namesAnybody)) yield "Its trust policy lets principals in by a wildcard.";
    if ([undefined, ""].includes(getValue(subject, "permissionsBoundary") as string | undefined)) yield "It has no permissionsBoundary.";
    for (const inside of getList(subject, "inlinePolicies")) {
      if (!isProperties(inside)) throw createUnknownError("inlinePolicies");
      if (listAllowing({ inputs: inside }, "policy").some(isByPattern)) yield "A policy inside it allows actions by a wildcard.";
    }
  } else if (subject.type === ASSIGNMENT) {
    const role = getValue(subject, "roleDefinitionId");
    if (typeof role === "string" && MIGHTY_ROLES.some((id) => role.toLowerCase().includes(id)))
      yield "The role may do everything, or assign roles.";
    const scope = getValue(subject, "scope");
    if (typeof scope !== "string" || !BELOW_SUBSCRIPTION.test(scope)) yield "scope is a whole subscription, or more.";
  } else if (listAllowing(subject, "policy").some(isByPattern)) yield "It allows actions by a wildcard.";
}

export const cloudControls: readonly Control[] = [
  {
    id: "cloud-tags",
    scope: "resource",
    kinds: "every type",
    level: "mandatory",
    severity: "low",
    soc2: ["C1.1"],
    iso27001: ["A.5.9", "A.5.12"],
    promises: [20],
    requires:
      "What a component makes at a cloud says by tags what data it holds or guards, who answers for it, and how long it keeps records.",
    why: "A finding about something that nobody owns is nobody's; what is asked by tag is not found without it.",
    remedy: `Give the component dataClass, owner and retentionDays, or tags ${Object.values(TAG_KEYS).join(", ")}.`,
    check: checkTags,
  },
  {
    id: "cloud-evidence-kept",
    scope: "resource",
    kinds: { types: [TRAIL, EXPORT] },
    level: "mandatory",
    severity: "high",
    soc2: ["CC7.2"],
    iso27001: ["A.8.15"],
    promises: [17],
    requires: "A trail records every region, validated and encrypted, and is not stopped; a subscription's activity log is exported.",
    why: "What was not recorded cannot be looked into after an incident, and what can be rewritten proves nothing.",
    remedy: "Use AuditTrail of @palisade/neon/aws or ActivityLogExport of @palisade/neon/azure, and leave its switches as they are.",
    *check(subject) {
      yield* subject.type === TRAIL ? checkTrail(subject) : checkExport(subject);
    },
  },
  {
    id: "cloud-threats-found",
    scope: "resource",
    kinds: { types: [DETECTOR, FEATURE, PLAN, EVENT_RULE, ALERT] },
    level: "mandatory",
    severity: "high",
    soc2: ["CC7.2"],
    iso27001: ["A.8.16"],
    promises: [16],
    requires: "GuardDuty is on with what it looks at, and so are plans of Defender; no rule and no alert of a component is off.",
    why: "Whoever takes a key or a bucket over shows by what they do there long before anybody looks for it.",
    remedy: 'Leave enable out, status "ENABLED" and pricingTier "Standard", and rules and alerts as the component makes them.',
    check: checkThreats,
  },
  {
    id: "cloud-logs-private",
    scope: "resource",
    kinds: { types: [BUCKET, BUCKET_POLICY, BUCKET_BLOCK, ACCOUNT] },
    level: "mandatory",
    severity: "critical",
    soc2: ["C1.1", "CC6.1"],
    iso27001: ["A.5.33", "A.8.3"],
    promises: [17],
    requires: "No bucket and no storage account of a component is public.",
    why: "Logs tell who works where and on what, and backups are the data.",
    remedy: "Leave the block of public access, the policy and the ACL of the component as they are.",
    check: checkPublic,
  },
  {
    id: "cloud-roles-narrow",
    scope: "resource",
    kinds: { types: [ROLE, ...POLICIES, ASSIGNMENT] },
    level: "mandatory",
    severity: "high",
    soc2: ["CC6.3"],
    iso27001: ["A.5.18", "A.8.2"],
    promises: [12],
    requires:
      "Roles of a component are for named principals, with named actions and a permissions boundary; at Azure below a subscription.",
    why: "A wildcard grants what is added next year as well, and a role without a boundary whatever policy it is given later.",
    remedy: "Use AccessRoles or RoleAssignments as they are, and name each principal, action and scope.",
    check: checkRole,
  },
];
