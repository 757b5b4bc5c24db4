import { type Properties, isProperties, isUnreadable } from "../../../provider/introspection.js";
import { AWS_KEYS } from "./awsKeys.js";
import { AZURE_VAULT } from "./azureKeys.js";

/** A protection of a key, against loss or unlimited use, that the change weakens. */
export interface WeakenedProtection {
  readonly property: string;
  readonly before: string;
  readonly after: string;
  readonly says: string;
  readonly remedy: string;
}

interface KeyProtection extends Pick<WeakenedProtection, "property" | "says" | "remedy"> {
  /** What holds where nothing is said: the cloud's default. */
  readonly omitted: unknown;
  readonly isLess: (before: unknown, after: unknown) => boolean;
}

const isTurnedOff = (before: unknown, after: unknown): boolean => before === true && after !== true;
const isLowered = (before: unknown, after: unknown): boolean => Number(after) < Number(before);
const isRaised = (before: unknown, after: unknown): boolean => Number(after) > Number(before);

const AWS: readonly KeyProtection[] = [
  {
    property: "enableKeyRotation",
    omitted: false,
    isLess: isTurnedOff,
    says: "The key is no longer rotated: what opens one stolen version opens everything from then on.",
    remedy: "Keep enableKeyRotation: true.",
  },
  {
    property: "rotationPeriodInDays",
    omitted: 365,
    isLess: isRaised,
    says: "The key is rotated less often.",
    remedy: "Keep the shorter period.",
  },
  {
    property: "deletionWindowInDays",
    omitted: 30,
    isLess: isLowered,
    says: "A deletion of the key can be taken back for less time.",
    remedy: "Keep the longest window, 30 days.",
  },
  {
    property: "isEnabled",
    omitted: true,
    isLess: isTurnedOff,
    says: "The key is disabled: computes of projects that are sealed under it are suspended, and none starts.",
    remedy: "Approve it if that is meant. Nothing is lost while the key exists.",
  },
];
const AZURE: readonly KeyProtection[] = [
  {
    property: "enablePurgeProtection",
    omitted: undefined,
    isLess: isTurnedOff,
    says: "Keys of the vault can be purged before their retention is over.",
    remedy: "Keep enablePurgeProtection: true.",
  },
  {
    property: "enableSoftDelete",
    omitted: true,
    isLess: isTurnedOff,
    says: "Deleted keys of the vault cannot be recovered.",
    remedy: "Keep soft delete.",
  },
  {
    property: "softDeleteRetentionInDays",
    omitted: 90,
    isLess: isLowered,
    says: "Deleted keys of the vault can be recovered for less time.",
    remedy: "Keep the longest retention, 90 days.",
  },
  {
    property: "enableRbacAuthorization",
    omitted: true,
    isLess: isTurnedOff,
    says: "Access policies decide who may use the keys of the vault: they hold for every key in it alike.",
    remedy: "Keep enableRbacAuthorization: true, and assign roles at the key.",
  },
];

/** What the inputs of a key, or of a vault, guard less than before. What is not known yet is compared when it is. */
export function findWeakenedProtections(type: string, before: Properties, after: Properties): WeakenedProtection[] {
  if (AWS_KEYS.has(type)) return compareProtections(AWS, before, after, "");
  if (type !== AZURE_VAULT) return [];
  return compareProtections(AZURE, toProperties(before["properties"]), toProperties(after["properties"]), "properties.");
}

const toProperties = (value: unknown): Properties => (isProperties(value) ? value : {});

const compareProtections = (
  guards: readonly KeyProtection[],
  before: Properties,
  after: Properties,
  prefix: string,
): WeakenedProtection[] =>
  guards.flatMap(({ property, omitted, isLess, says, remedy }) => {
    const [was, is] = [before[property] ?? omitted, after[property] ?? omitted];
    if (isUnreadable([was, is]) || !isLess(was, is)) return [];
    return [{ property: prefix + property, before: formatValue(was), after: formatValue(is), says, remedy }];
  });

const formatValue = (value: unknown): string => (value === undefined ? "not set" : JSON.stringify(value));
