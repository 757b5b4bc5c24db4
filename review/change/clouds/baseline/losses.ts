import { TYPES } from "./types.js";
import type { GuardingInput } from "./weakening.js";

/** Rules by what is lost or opened. */
export const ENDED = { rule: "audit-trail-ended", severity: "high", direction: "destroys" } as const;
export const WEAKENED = { rule: "audit-trail-weakened", severity: "medium", direction: "destroys" } as const;
export const SHORTENED = { rule: "log-retention-shortened", severity: "medium", direction: "destroys" } as const;
export const EXPOSED = { rule: "logs-exposed", severity: "high", direction: "opens" } as const;
export const LESS_GUARDED = { ...EXPOSED, severity: "medium" } as const;
export const UNDETECTED = { rule: "threat-detection-ended", severity: "high", direction: "destroys" } as const;
export const DETECTED_LESS = { rule: "threat-detection-weakened", severity: "medium", direction: "destroys" } as const;
export const UNHEARD = { rule: "alarms-unheard", severity: "medium", direction: "destroys" } as const;

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
  [TYPES.topicPolicy]: { ...UNHEARD, says: "EventBridge may no longer publish: nobody hears the alarms.", remedy: "Keep the policy." },
  [TYPES.topic]: { ...UNHEARD, says: "Nobody hears the alarms.", remedy: "Keep the topic." },
  [TYPES.actionGroup]: { ...UNHEARD, says: "Nobody hears the alerts.", remedy: "Keep the action group." },
};
