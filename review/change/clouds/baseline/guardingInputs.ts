import { type GuardingInput, isLowered, isNoLonger, isOther, isRaised, isTaken, isTurnedOff, isTurnedOn } from "./weakening.js";
import { TYPES } from "./types.js";

/** Rules by what is lost or opened. */
const ENDED = { rule: "audit-trail-ended", severity: "high", direction: "destroys" } as const;
const WEAKENED = { rule: "audit-trail-weakened", severity: "medium", direction: "destroys" } as const;
const SHORTENED = { rule: "log-retention-shortened", severity: "medium", direction: "destroys" } as const;
const EXPOSED = { rule: "logs-exposed", severity: "high", direction: "opens" } as const;
const LESS_GUARDED = { ...EXPOSED, severity: "medium" } as const;
const UNDETECTED = { rule: "threat-detection-ended", severity: "high", direction: "destroys" } as const;
const DETECTED_LESS = { rule: "threat-detection-weakened", severity: "medium", direction: "destroys" } as const;
const UNHEARD = { rule: "alarms-unheard", severity: "medium", direction: "destroys" } as const;

const FREQUENCIES = ["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"];
const isSlower = (before: unknown, after: unknown): boolean => FREQUENCIES.indexOf(String(after)) > FREQUENCIES.indexOf(String(before));
const isDisabled = (before: unknown, after: unknown): boolean => before !== "DISABLED" && after === "DISABLED";

const closePublicAccess = (path: string): GuardingInput => ({
  ...EXPOSED,
  path,
  omitted: false,
  isLess: isTurnedOff,
  says: "A policy or an ACL may then open the bucket to everybody.",
  remedy: "Keep all four switches of the block of public access.",
});

/** Switches and limits of a baseline's resources, by type. */
export const GUARDING_INPUTS: Readonly<Record<string, readonly GuardingInput[]>> = {
  [TYPES.trail]: [
    {
      ...ENDED,
      path: "enableLogging",
      omitted: true,
      isLess: isTurnedOff,
      says: "The trail is stopped: from then on nothing is recorded.",
      remedy: "Keep enableLogging: true.",
    },
    {
      ...WEAKENED,
      path: "enableLogFileValidation",
      omitted: false,
      isLess: isTurnedOff,
      says: "Log files are no longer signed: one that was changed or deleted does not show.",
      remedy: "Keep enableLogFileValidation: true.",
    },
    {
      ...WEAKENED,
      path: "isMultiRegionTrail",
      omitted: false,
      isLess: isTurnedOff,
      says: "What happens in other regions is no longer recorded.",
      remedy: "Keep isMultiRegionTrail: true.",
    },
    {
      ...WEAKENED,
      path: "includeGlobalServiceEvents",
      omitted: true,
      isLess: isTurnedOff,
      says: "What happens to users, roles and other things of no region is no longer recorded.",
      remedy: "Keep includeGlobalServiceEvents: true.",
    },
    {
      ...WEAKENED,
      path: "kmsKeyId",
      isLess: isOther,
      says: "Log files are encrypted under another key, or under none of the account's own.",
      remedy: "Keep the key, whose policy says who reads log files.",
    },
    {
      ...WEAKENED,
      path: "s3BucketName",
      isLess: isOther,
      says: "Log files go to another bucket, whose locks and readers may be others.",
      remedy: "Keep the bucket, or look at what guards the other one.",
    },
  ],
  [TYPES.activityExport]: [
    {
      ...WEAKENED,
      path: "storageAccountId",
      isLess: isOther,
      says: "The activity log goes to another storage account, or to none.",
      remedy: "Keep the account, which keeps the log for its time.",
    },
    {
      ...WEAKENED,
      path: "workspaceId",
      isLess: isTaken,
      says: "The activity log no longer goes to a workspace, where it can be asked.",
      remedy: "Keep workspaceId.",
    },
  ],
  [TYPES.diagnosticSetting]: [
    {
      ...WEAKENED,
      path: "storageAccountId",
      isLess: isOther,
      says: "The vault's log goes to another storage account, or to none.",
      remedy: "Keep the account, which keeps the log for its time.",
    },
    {
      ...WEAKENED,
      path: "workspaceId",
      isLess: isTaken,
      says: "The vault's log no longer goes to a workspace, where it can be asked.",
      remedy: "Keep workspaceId.",
    },
  ],
  [TYPES.bucketLock]: [
    {
      ...SHORTENED,
      path: "rule.defaultRetention.days",
      omitted: 0,
      isLess: isLowered,
      says: "New log files can be deleted earlier.",
      remedy: "Keep retentionDays.",
    },
    {
      ...SHORTENED,
      path: "rule.defaultRetention.mode",
      isLess: isNoLonger("COMPLIANCE"),
      says: "Whoever may bypass governance can delete new log files before their time.",
      remedy: 'Keep lockMode: "COMPLIANCE".',
    },
  ],
  [TYPES.bucketVersioning]: [
    {
      ...SHORTENED,
      path: "versioningConfiguration.status",
      isLess: isNoLonger("Enabled"),
      says: "What is overwritten or deleted in the bucket is lost.",
      remedy: 'Keep status: "Enabled".',
    },
  ],
  [TYPES.bucketOwnership]: [
    {
      ...LESS_GUARDED,
      path: "rule.objectOwnership",
      isLess: isNoLonger("BucketOwnerEnforced"),
      says: "ACLs of single objects count again: who writes one decides who reads it.",
      remedy: 'Keep objectOwnership: "BucketOwnerEnforced".',
    },
  ],
  [TYPES.publicAccessBlock]: ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].map(closePublicAccess),
  [TYPES.storageAccount]: [
    {
      ...EXPOSED,
      path: "allowBlobPublicAccess",
      omitted: false,
      isLess: isTurnedOn,
      says: "Containers of the account may then be open to everybody.",
      remedy: "Keep allowBlobPublicAccess: false.",
    },
    {
      ...LESS_GUARDED,
      path: "networkRuleSet.defaultAction",
      omitted: "Allow",
      isLess: isNoLonger("Deny"),
      says: "Every network may then reach the account, not Azure's own services alone.",
      remedy: 'Keep defaultAction: "Deny".',
    },
    {
      ...LESS_GUARDED,
      path: "enableHttpsTrafficOnly",
      omitted: true,
      isLess: isTurnedOff,
      says: "The account may then be spoken to without TLS.",
      remedy: "Keep enableHttpsTrafficOnly: true.",
    },
    {
      ...LESS_GUARDED,
      path: "minimumTlsVersion",
      omitted: "TLS1_0",
      isLess: (before, after) => String(after) < String(before),
      says: "The account then takes an older TLS.",
      remedy: 'Keep minimumTlsVersion: "TLS1_2".',
    },
    {
      ...SHORTENED,
      path: "immutableStorageWithVersioning.immutabilityPolicy.immutabilityPeriodSinceCreationInDays",
      omitted: 0,
      isLess: isLowered,
      says: "New log files can be changed or deleted earlier.",
      remedy: "Keep retentionDays.",
    },
    {
      ...SHORTENED,
      path: "immutableStorageWithVersioning.enabled",
      omitted: false,
      isLess: isTurnedOff,
      says: "Log files can be changed or deleted at any time.",
      remedy: "Keep immutableStorageWithVersioning.",
    },
  ],
  [TYPES.detector]: [
    {
      ...UNDETECTED,
      path: "enable",
      omitted: true,
      isLess: isTurnedOff,
      says: "GuardDuty is off: it finds nothing from then on.",
      remedy: "Leave enable out, or true.",
    },
    {
      ...DETECTED_LESS,
      path: "findingPublishingFrequency",
      omitted: "SIX_HOURS",
      isLess: isSlower,
      says: "What GuardDuty finds again is told later.",
      remedy: 'Keep findingPublishingFrequency: "FIFTEEN_MINUTES".',
    },
  ],
  [TYPES.detectorFeature]: [
    {
      ...DETECTED_LESS,
      path: "status",
      isLess: isNoLonger("ENABLED"),
      says: "GuardDuty no longer looks at this.",
      remedy: 'Keep status: "ENABLED".',
    },
  ],
  [TYPES.plan]: [
    {
      ...UNDETECTED,
      path: "pricingTier",
      isLess: isNoLonger("Standard"),
      says: "The plan of Defender is off: it finds nothing from then on.",
      remedy: 'Keep pricingTier: "Standard".',
    },
  ],
  [TYPES.contact]: [
    {
      ...UNHEARD,
      path: "isEnabled",
      omitted: true,
      isLess: isTurnedOff,
      says: "Defender tells nobody any more.",
      remedy: "Keep isEnabled: true.",
    },
    { ...UNHEARD, path: "emails", isLess: isTaken, says: "Defender tells nobody by e-mail any more.", remedy: "Keep contactEmails." },
  ],
  [TYPES.eventRule]: [
    {
      ...DETECTED_LESS,
      path: "state",
      omitted: "ENABLED",
      isLess: isDisabled,
      says: "The rule tells nothing any more.",
      remedy: "Keep its state.",
    },
  ],
  [TYPES.eventTarget]: [
    { ...DETECTED_LESS, path: "arn", isLess: isOther, says: "What is found goes somewhere else.", remedy: "Keep the topic." },
  ],
  [TYPES.activityAlert]: [
    {
      ...DETECTED_LESS,
      path: "enabled",
      omitted: true,
      isLess: isTurnedOff,
      says: "The alert tells nothing any more.",
      remedy: "Keep enabled: true.",
    },
  ],
  [TYPES.actionGroup]: [
    { ...UNHEARD, path: "enabled", omitted: true, isLess: isTurnedOff, says: "Nobody hears the alerts.", remedy: "Keep enabled: true." },
  ],
  [TYPES.topic]: [
    {
      ...LESS_GUARDED,
      path: "kmsMasterKeyId",
      isLess: isTaken,
      says: "Alarms are no longer encrypted where they wait.",
      remedy: "Keep the topic's key.",
    },
  ],
  [TYPES.role]: [
    {
      rule: "role-boundary-removed",
      severity: "medium",
      direction: "opens",
      path: "permissionsBoundary",
      isLess: isOther,
      says: "The role has no permissions boundary any more, or another one: a policy that it is given later may go beyond what it is for.",
      remedy: "Keep the boundary.",
    },
    {
      rule: "role-trust-widened",
      severity: "medium",
      direction: "opens",
      path: "maxSessionDuration",
      omitted: 3_600,
      isLess: isRaised,
      says: "Who has assumed the role keeps it longer.",
      remedy: "Keep sessions of an hour.",
    },
  ],
};

/** What it means that a resource is gone, by type. */
export const LOST: Readonly<Record<string, Pick<GuardingInput, "rule" | "severity" | "direction" | "says" | "remedy">>> = {
  [TYPES.trail]: { ...ENDED, says: "The trail is gone: from then on nothing is recorded.", remedy: "Keep the trail." },
  [TYPES.activityExport]: { ...ENDED, says: "The subscription's activity log is no longer kept.", remedy: "Keep the export." },
  [TYPES.diagnosticSetting]: { ...WEAKENED, says: "The log of the vault is no longer kept.", remedy: "Keep the setting." },
  [TYPES.bucket]: { ...SHORTENED, says: "The bucket of log files is gone; S3 refuses that while it has any.", remedy: "Keep the bucket." },
  [TYPES.storageAccount]: {
    ...SHORTENED,
    severity: "high",
    says: "The log files go with their storage account.",
    remedy: "Keep the account.",
  },
  [TYPES.bucketLock]: { ...SHORTENED, says: "New log files can be deleted at any time.", remedy: "Keep the lock." },
  [TYPES.bucketVersioning]: { ...SHORTENED, says: "What is overwritten or deleted in the bucket is lost.", remedy: "Keep versioning." },
  [TYPES.publicAccessBlock]: {
    ...EXPOSED,
    says: "A policy or an ACL may then open the bucket to everybody.",
    remedy: "Keep the block of public access.",
  },
  [TYPES.bucketPolicy]: {
    ...LESS_GUARDED,
    says: "The bucket may be spoken to without TLS, and the trail cannot write.",
    remedy: "Keep the policy.",
  },
  [TYPES.bucketEncryption]: {
    ...LESS_GUARDED,
    says: "New files are not encrypted under the account's own key.",
    remedy: "Keep the encryption.",
  },
  [TYPES.bucketOwnership]: { ...LESS_GUARDED, says: "ACLs of single objects count again.", remedy: "Keep the ownership controls." },
  [TYPES.detector]: { ...UNDETECTED, says: "GuardDuty is off: it finds nothing from then on.", remedy: "Keep the detector." },
  [TYPES.detectorFeature]: { ...DETECTED_LESS, says: "GuardDuty no longer looks at this.", remedy: "Keep the feature." },
  [TYPES.plan]: { ...UNDETECTED, says: "The plan of Defender is off: it finds nothing from then on.", remedy: "Keep the plan." },
  [TYPES.contact]: { ...UNHEARD, says: "Defender tells nobody any more.", remedy: "Keep the contact." },
  [TYPES.eventRule]: { ...DETECTED_LESS, says: "The rule tells nothing any more.", remedy: "Keep the rule." },
  [TYPES.eventTarget]: { ...DETECTED_LESS, says: "What the rule finds goes nowhere.", remedy: "Keep the target." },
  [TYPES.activityAlert]: { ...DETECTED_LESS, says: "The alert tells nothing any more.", remedy: "Keep the alert." },
  [TYPES.topic]: { ...UNHEARD, says: "Nobody hears the alarms.", remedy: "Keep the topic." },
  [TYPES.actionGroup]: { ...UNHEARD, says: "Nobody hears the alerts.", remedy: "Keep the action group." },
};
