import {
  type GuardingInput,
  isChanged,
  isLowered,
  isSetOtherwise,
  isNoLonger,
  isOther,
  isRaised,
  isTaken,
  isTurnedOff,
  isTurnedOn,
} from "./weakening.js";
import { DETECTED_LESS, ENDED, EXPOSED, LESS_GUARDED, SHORTENED, UNDETECTED, UNHEARD, WEAKENED } from "./losses.js";
import { TYPES } from "./types.js";

const FREQUENCIES = ["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"];
const isSlower = (before: unknown, after: unknown): boolean => FREQUENCIES.indexOf(String(after)) > FREQUENCIES.indexOf(String(before));
/** States of a rule, the one that hears most first: plain `ENABLED` is told of no call that only reads, AssumeRole among them. */
const RULE_STATES = ["ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "ENABLED", "DISABLED"];
const hearsLess = (before: unknown, after: unknown): boolean => RULE_STATES.indexOf(String(after)) > RULE_STATES.indexOf(String(before));

/** Of addresses in one text, as Azure has them. */
const isAddressLost = (before: unknown, after: unknown): boolean => {
  const [was, is] = [before, after].map((text) => (typeof text === "string" ? text.split(";").map((one) => one.trim().toLowerCase()) : []));
  return was?.some((one) => one !== "" && is?.includes(one) !== true) === true;
};

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
    {
      ...UNHEARD,
      path: "emails",
      isLess: isAddressLost,
      says: "Defender no longer tells somebody by e-mail whom it told.",
      remedy: "Keep contactEmails.",
    },
    {
      ...UNHEARD,
      path: "notificationsByRole.state",
      isLess: isNoLonger("On"),
      says: "Defender no longer tells the owners of the subscription.",
      remedy: 'Keep state: "On".',
    },
    {
      ...UNHEARD,
      path: "notificationsSources",
      isLess: isChanged,
      says: "Defender tells of something else than before.",
      remedy: "Keep the sources and their severity.",
    },
  ],
  [TYPES.eventRule]: [
    {
      ...DETECTED_LESS,
      path: "state",
      omitted: "ENABLED",
      isLess: hearsLess,
      says: "The rule tells nothing any more, or not of calls that only read.",
      remedy: "Keep its state.",
    },
    {
      ...DETECTED_LESS,
      path: "eventBusName",
      omitted: "default",
      isLess: isOther,
      says: "The rule listens to another bus; what AWS tells comes by the default one.",
      remedy: "Leave eventBusName out.",
    },
  ],
  [TYPES.eventTarget]: [
    { ...DETECTED_LESS, path: "arn", isLess: isOther, says: "What is found goes somewhere else.", remedy: "Keep the topic." },
    { ...DETECTED_LESS, path: "rule", isLess: isOther, says: "What this rule finds goes nowhere any more.", remedy: "Keep the rule." },
    ...["input", "inputPath", "inputTransformer"].map((path): GuardingInput => ({
      ...DETECTED_LESS,
      path,
      isLess: isSetOtherwise,
      says: "Who hears an alarm no longer reads the whole event.",
      remedy: `Leave ${path} out.`,
    })),
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
    {
      ...DETECTED_LESS,
      path: "condition",
      isLess: isChanged,
      says: "The alert tells of something else than before.",
      remedy: "Keep the condition, and add an alert for what else is to be told.",
    },
    { ...DETECTED_LESS, path: "scopes", isLess: isChanged, says: "The alert looks somewhere else.", remedy: "Keep the subscription." },
    {
      ...DETECTED_LESS,
      path: "actions",
      isLess: isChanged,
      says: "The alert goes somewhere else, or nowhere.",
      remedy: "Keep the action group.",
    },
  ],
  [TYPES.actionGroup]: [
    { ...UNHEARD, path: "enabled", omitted: true, isLess: isTurnedOff, says: "Nobody hears the alerts.", remedy: "Keep enabled: true." },
  ],
  [TYPES.roleAssignment]: [
    {
      rule: "role-permissions-widened",
      severity: "medium",
      direction: "opens",
      path: "principalId",
      isLess: isOther,
      says: "Somebody else has the role.",
      remedy: "Keep who has it, or make an assignment of its own for somebody else.",
    },
  ],
  [TYPES.subscription]: [
    {
      ...UNHEARD,
      path: "endpoint",
      concealed: true,
      isLess: isOther,
      says: "The alarms go to another address, which hears nothing until it has confirmed.",
      remedy: "Keep the subscriber, and add one.",
    },
    { ...UNHEARD, path: "topic", isLess: isOther, says: "The subscriber hears another topic.", remedy: "Keep the topic." },
    {
      ...UNHEARD,
      path: "filterPolicy",
      isLess: isSetOtherwise,
      says: "The subscriber hears only what passes another filter.",
      remedy: "Leave filterPolicy out: the rules say what is told.",
    },
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
    ...["inlinePolicies", "managedPolicyArns"].map((path): GuardingInput => ({
      rule: "role-permissions-widened",
      severity: "medium",
      direction: "opens",
      path,
      isLess: isSetOtherwise,
      says: "The role has other policies beside its own: as far as its boundary lets, it may do what they say.",
      remedy: "Leave them out: the component gives the role what it is for.",
    })),
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
