import { type Bag, isBag, isUnreadable } from "../../../provider/resources/settled.js";
import { AWS_KEYS } from "./awsKeys.js";
import { AZURE_VAULT } from "./azureKeys.js";

/** What keeps a key from being lost, or from being used for ever, and is less afterwards. */
export interface LostGuard {
  readonly property: string;
  readonly before: string;
  readonly after: string;
  readonly says: string;
  readonly remedy: string;
}

interface Guard extends Pick<LostGuard, "property" | "says" | "remedy"> {
  /** What holds where nothing is said: the cloud's default. */
  readonly omitted: unknown;
  readonly isLess: (before: unknown, after: unknown) => boolean;
}

const turnedOff = (before: unknown, after: unknown): boolean => before === true && after !== true;
const lowered = (before: unknown, after: unknown): boolean => Number(after) < Number(before);
const raised = (before: unknown, after: unknown): boolean => Number(after) > Number(before);

const AWS: readonly Guard[] = [
  {
    ...{ property: "enableKeyRotation", omitted: false, isLess: turnedOff },
    says: "The key is no longer rotated: what opens one stolen version opens everything from then on.",
    remedy: "Keep enableKeyRotation: true.",
  },
  {
    ...{ property: "rotationPeriodInDays", omitted: 365, isLess: raised },
    says: "The key is rotated less often.",
    remedy: "Keep the shorter period.",
  },
  {
    ...{ property: "deletionWindowInDays", omitted: 30, isLess: lowered },
    says: "A deletion of the key can be taken back for less time.",
    remedy: "Keep the longest window, 30 days.",
  },
  {
    ...{ property: "isEnabled", omitted: true, isLess: turnedOff },
    says: "The key is disabled: computes of projects that are sealed under it are suspended, and none starts.",
    remedy: "Approve it if that is meant. Nothing is lost while the key exists.",
  },
];
const AZURE: readonly Guard[] = [
  {
    ...{ property: "enablePurgeProtection", omitted: undefined, isLess: turnedOff },
    says: "Keys of the vault can be purged before their retention is over.",
    remedy: "Keep enablePurgeProtection: true.",
  },
  {
    ...{ property: "enableSoftDelete", omitted: true, isLess: turnedOff },
    says: "Deleted keys of the vault cannot be recovered.",
    remedy: "Keep soft delete.",
  },
  {
    ...{ property: "softDeleteRetentionInDays", omitted: 90, isLess: lowered },
    says: "Deleted keys of the vault can be recovered for less time.",
    remedy: "Keep the longest retention, 90 days.",
  },
  {
    ...{ property: "enableRbacAuthorization", omitted: true, isLess: turnedOff },
    says: "Access policies decide who may use the keys of the vault: they hold for every key in it alike.",
    remedy: "Keep enableRbacAuthorization: true, and assign roles at the key.",
  },
];

/** What the inputs of a key, or of a vault, guard less than before. What is not known yet is compared when it is. */
export function lostGuards(type: string, before: Bag, after: Bag): LostGuard[] {
  if (AWS_KEYS.has(type)) return lost(AWS, before, after, "");
  if (type !== AZURE_VAULT) return [];
  return lost(AZURE, bagIn(before["properties"]), bagIn(after["properties"]), "properties.");
}

const bagIn = (value: unknown): Bag => (isBag(value) ? value : {});

const lost = (guards: readonly Guard[], before: Bag, after: Bag, prefix: string): LostGuard[] =>
  guards.flatMap(({ property, omitted, isLess, says, remedy }) => {
    const [was, is] = [before[property] ?? omitted, after[property] ?? omitted];
    if (isUnreadable([was, is]) || !isLess(was, is)) return [];
    return [{ property: prefix + property, before: wordOf(was), after: wordOf(is), says, remedy }];
  });

const wordOf = (value: unknown): string => (value === undefined ? "not set" : JSON.stringify(value));
