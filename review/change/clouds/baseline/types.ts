/** Types of a cloud that baselines are made of. */
export const TYPES = {
  actionGroup: "azure-native:monitor:ActionGroup",
  activityAlert: "azure-native:monitor:ActivityLogAlert",
  activityExport: "azure-native:monitor:SubscriptionDiagnosticSetting",
  bucket: "aws:s3/bucket:Bucket",
  bucketEncryption: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
  bucketLifecycle: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  bucketLock: "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  bucketOwnership: "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  bucketPolicy: "aws:s3/bucketPolicy:BucketPolicy",
  bucketVersioning: "aws:s3/bucketVersioning:BucketVersioning",
  contact: "azure-native:security:SecurityContact",
  detector: "aws:guardduty/detector:Detector",
  detectorFeature: "aws:guardduty/detectorFeature:DetectorFeature",
  diagnosticSetting: "azure-native:monitor:DiagnosticSetting",
  eventRule: "aws:cloudwatch/eventRule:EventRule",
  eventTarget: "aws:cloudwatch/eventTarget:EventTarget",
  plan: "azure-native:security:Pricing",
  policy: "aws:iam/policy:Policy",
  publicAccessBlock: "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  role: "aws:iam/role:Role",
  roleAssignment: "azure-native:authorization:RoleAssignment",
  rolePolicy: "aws:iam/rolePolicy:RolePolicy",
  storageAccount: "azure-native:storage:StorageAccount",
  storageLifecycle: "azure-native:storage:ManagementPolicy",
  subscription: "aws:sns/topicSubscription:TopicSubscription",
  topic: "aws:sns/topic:Topic",
  topicPolicy: "aws:sns/topicPolicy:TopicPolicy",
  trail: "aws:cloudtrail/trail:Trail",
} as const;

/** Of which an account or a subscription has one: they are judged wherever a stack declares them, the others as children of components. */
export const OF_ACCOUNT: ReadonlySet<string> = new Set([
  ...[TYPES.activityExport, TYPES.contact, TYPES.detector, TYPES.detectorFeature, TYPES.plan, TYPES.trail],
]);
